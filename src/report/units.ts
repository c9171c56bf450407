/** How values are shown, by unit. It imports no statistics, so that pages load little. */

import type { MeasureGroup, Unit } from '../statistics/measures.js';
import { change, fixed, percent } from '../util/format.js';

export type Show = (value: number | null) => string;

export const SHOW: Record<Unit, Show> = {
  rank: (value) => fixed(value, 2),
  share: (value) => percent(value),
  change: (value) => change(value),
  count: (value) => fixed(value, 1),
  area: (value) => fixed(value, 4),
  number: (value) => fixed(value, 3),
};

/** The suffix of a measure's label where the group heading is missing. */
export const AMONG: Record<MeasureGroup, string> = {
  all: ', among all labels',
  'held-out': ', among the held-out',
  'seen-unseen': '',
  direction: '',
  loss: '',
};

/** A spread of changes is shown without sign. */
export const SHOW_SPREAD: Record<Unit, Show> = { ...SHOW, change: SHOW.share };
