/**
 * The address of a page: a path and a query behind `#`, such as `#/run/3f2a/results?class=rose`. It holds the whole
 * state of the page, so that a link shows the same to another reader. Behind `#`, because an export has no server that
 * could map paths to pages, and a page from disk has no paths at all.
 */

import { signal } from '@preact/signals';

export interface Route {
  /** Parts of the path, decoded; empty for the start page. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** The route of the page that is shown. */
export const route = signal<Route>(parse(location.hash));

addEventListener('hashchange', () => {
  route.value = parse(location.hash);
});

function parse(hash: string): Route {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return {
    path: path === '' ? [] : path.split('/').map(decode),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page, for the `href` of a link. */
export function href(path: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`;
}

/**
 * Changes parts of the query and leaves the rest; `undefined` or '' removes a key. It replaces the entry in the
 * browser's history, so that Back leaves the page instead of undoing each keystroke of a filter.
 *
 * The browser reports a followed link only later, with `hashchange`. So the address is read where it is changed, and a
 * page whose address is no longer there changes nothing.
 */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const { path, query } = parse(location.hash);
  if (path.join('/') !== route.peek().path.join('/')) return;
  const next: Record<string, string> = { ...query };
  for (const [key, value] of Object.entries(changes)) {
    if (value) next[key] = value;
    else delete next[key];
  }
  history.replaceState(null, '', href(path, next));
  route.value = { path, query: next };
}
