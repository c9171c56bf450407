/** The pages of the studio. Each is loaded when it is first shown, so that the first page loads little. */

import type { ComponentType } from 'preact';

export interface Page {
  /** First part of the path. */
  readonly name: string;
  /** Text of its link in the navigation; pages without one are reached from other pages. */
  readonly link?: string;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

export const PAGES: readonly Page[] = [
  { name: 'runs', link: 'Runs', load: () => import('./run-list/runs-page.js') },
  { name: 'run', load: () => import('./live/live-page.js') },
  { name: 'results', load: () => import('./results/results-page.js') },
  { name: 'compare', load: () => import('./compare/compare-page.js') },
  { name: 'map', load: () => import('./map/map-page.js') },
  { name: 'try', link: 'Try it', load: () => import('./try/try-page.js') },
  { name: 'teach', link: 'Teach it', load: () => import('./teach/teach-page.js') },
];

/** The page shown at the start. */
export const START = PAGES[0];
