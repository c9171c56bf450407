/** The frame around every page: navigation, and the page of the current route. */

import { signal, useSignalEffect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { PAGES, START } from './pages.js';
import { href, route } from './route.js';

type Shown = { readonly Page: ComponentType } | { readonly failed: string } | null;
const shown = signal<Shown>(null);

export function App() {
  const name = route.value.path[0] ?? START.name;
  useSignalEffect(() => {
    const wanted = route.value.path[0] ?? START.name;
    const page = PAGES.find((one) => one.name === wanted);
    if (!page) {
      shown.value = { failed: `There is no page “${wanted}”.` };
      return;
    }
    page.load().then(
      ({ default: Page }) => {
        shown.value = { Page };
      },
      (error: Error) => {
        shown.value = { failed: `The page could not be loaded: ${error.message}` };
      },
    );
  });
  return (
    <>
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
      </header>
      <main id="main">{content(shown.value)}</main>
    </>
  );
}

function content(state: Shown) {
  if (state === null) return <p class="quiet">Loading…</p>;
  if ('failed' in state) return <p role="alert">{state.failed}</p>;
  return <state.Page />;
}
