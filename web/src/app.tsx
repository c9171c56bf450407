/** The frame around every page: navigation, and the page of the current route. */

import { signal, useSignalEffect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { PAGES, START } from './pages.js';
import { href, route } from './route.js';
import { studio } from './studio.js';
import { Skeleton } from './ui/states.js';
import { ThemeSwitch } from './ui/theme-switch.js';

/** `name` is that of the route that it belongs to: a page never sees the route of another. */
type Shown = { readonly name: string } & ({ readonly Page: ComponentType } | { readonly failed: string });
const shown = signal<Shown | null>(null);

const nameOf = () => route.value.path[0] ?? START.name;

export function App() {
  const name = nameOf();
  useSignalEffect(() => {
    const wanted = nameOf();
    const page = PAGES.find((one) => one.name === wanted);
    if (!page) {
      shown.value = { name: wanted, failed: `There is no page “${wanted}”.` };
      return;
    }
    page.load().then(
      ({ default: Page }) => {
        if (nameOf() !== wanted) return; // the reader has gone on
        const before = shown.peek();
        shown.value = { name: wanted, Page };
        // Readers of a screen reader hear the new page; the first one is read from its start anyway.
        if (before && 'Page' in before && before.Page !== Page) document.getElementById('main')?.focus();
      },
      () => {
        if (nameOf() !== wanted) return;
        shown.value = {
          name: wanted,
          failed: 'This page could not be loaded. Is `lexel studio` still running? Then reload the page.',
        };
      },
    );
  });
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header class="bar">
        <a class="brand" href={href([])}>
          Lexel studio
        </a>
        <nav aria-label="Pages">
          {PAGES.filter(({ link }) => link).map((page) => (
            <a
              key={page.name}
              href={href([page.name])}
              aria-current={page.name === name ? 'page' : undefined}
            >
              {page.link}
            </a>
          ))}
        </nav>
        <div class="end row">
          {studio.value && <small class="quiet">Lexel {studio.value.version}</small>}
          <ThemeSwitch />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {content(shown.value?.name === name ? shown.value : null)}
      </main>
    </>
  );
}

function content(state: Shown | null) {
  if (state === null) return <Skeleton height="60vh" what="The page is loading" />;
  if ('failed' in state) return <p role="alert">{state.failed}</p>;
  return <state.Page />;
}
