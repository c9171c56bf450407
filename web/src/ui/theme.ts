/** Light or dark: what the system says, or what the reader chose, remembered in this browser. */

import { effect, signal } from '@preact/signals';
import { PARTS_STYLE } from '../../../src/report/style.js';
import { PALETTE } from '../../../src/util/figure-style.js';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'lexel-theme';
const root = document.documentElement;

export const theme = signal<Theme>(remembered());

/** Applies the theme, now and whenever it changes, and gives figures their colours. */
export function startTheme(): void {
  for (const [name, [light, dark]] of Object.entries(PALETTE))
    root.style.setProperty(`--fig-${name}`, `light-dark(${light}, ${dark})`);
  const parts = new CSSStyleSheet();
  parts.replaceSync(`.report { ${PARTS_STYLE} }`);
  document.adoptedStyleSheets.push(parts);
  effect(() => {
    if (theme.value === 'auto') delete root.dataset.theme;
    else root.dataset.theme = theme.value;
    try {
      if (theme.value === 'auto') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme.value);
    } catch {
      // A page from disk, or a browser that keeps nothing: the choice lasts until the page is closed.
    }
  });
}

function remembered(): Theme {
  try {
    const found = localStorage.getItem(KEY);
    return THEMES.find((name) => name === found) ?? 'auto';
  } catch {
    return 'auto';
  }
}

/** Calls back when the page turns light or dark. @returns a function that ends it */
export function onThemeChange(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', changed);
  let first = true;
  const stop = effect(() => {
    theme.value;
    if (!first) changed();
    first = false;
  });
  return () => {
    system.removeEventListener('change', changed);
    stop();
  };
}
