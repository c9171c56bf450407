/**
 * HTML of the report's code, in the studio: terms tell their meaning, tables sort, marks of figures show their text, and
 * figures can be saved. It comes from this studio's own server, which escapes every label.
 */

import { useEffect, useMemo, useRef } from 'preact/hooks';
import { PATHS } from '../../../src/server/paths.js';
import { route } from '../route.js';
import { readBytes } from '../source.js';
import { pngOf, save } from '../ui/download.js';
import { withTerms } from '../ui/terms.js';
import { light, shownClass } from './pointed.js';
import { sortable } from './sort-html-table.js';

export interface EvidenceProps {
  readonly html: string;
  /** Names of the figures that have files. */
  readonly figures: readonly string[];
  /** Of the run. */
  readonly id: string;
}

export function Evidence({ html, figures, id }: EvidenceProps) {
  const root = useRef<HTMLDivElement>(null);
  const marked = useMemo(() => withTerms(html), [html]);
  useEffect(() => {
    const own = root.current!;
    for (const table of own.querySelectorAll('table.sortable')) sortable(table as HTMLTableElement);
    // The browser's own tooltip is slow, and shows nothing on touch.
    for (const title of own.querySelectorAll('figure svg :not(svg) > title')) {
      title.parentElement!.setAttribute('data-tip', title.textContent ?? '');
      title.remove();
    }
    for (const figure of own.querySelectorAll<HTMLElement>('figure[data-figure]')) {
      const name = figure.dataset.figure!;
      if (figures.includes(name)) figure.append(tools(id, name));
    }
    for (const element of own.querySelectorAll('.scroll'))
      if (!element.hasAttribute('aria-label') && element.hasAttribute('tabindex')) {
        element.setAttribute('role', 'region');
        element.setAttribute('aria-label', 'Table');
      }
    light(own, shownClass());
  }, [marked]);
  return <div class="report" ref={root} dangerouslySetInnerHTML={{ __html: marked }} />;
}

/** Buttons that save a figure. They are no components, because the HTML around them is none. */
function tools(id: string, name: string): HTMLElement {
  const row = document.createElement('div');
  row.className = 'row tools figure-tools';
  const svg = async () =>
    new TextDecoder().decode(await readBytes(PATHS.figure(id, name, route.peek().query.reading)));
  const add = (kind: string, file: () => Promise<Blob>) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = kind;
    button.setAttribute('aria-label', `Save ${name} as ${kind}`);
    button.addEventListener('click', async () => {
      try {
        save(`${id}-${name}.${kind.toLowerCase()}`, await file());
        button.textContent = kind;
      } catch (error) {
        button.textContent = `${kind}: ${error instanceof Error ? error.message : error}`;
      }
    });
    row.append(button);
  };
  add('SVG', async () => new Blob([await svg()], { type: 'image/svg+xml' }));
  add('PNG', async () => pngOf(await svg()));
  return row;
}
