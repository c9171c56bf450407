/** zero-shot.csv: one line per held-out class with unrounded numbers, in addition to classes.csv. */

import type { WordRanks } from '../statistics/class-measures.js';
import { HIERARCHICAL_AT } from '../statistics/zero-shot/hierarchical.js';
import { RANK_KEYS } from '../statistics/zero-shot/scores.js';
import type { ZeroShot, ZeroShotClass } from '../statistics/zero-shot/zero-shot.js';
import { csvText } from '../util/csv.js';

const ranks = (name: string, of: (c: ZeroShotClass) => WordRanks | null) =>
  RANK_KEYS.map((key) => [`${key}_${name}`, (c: ZeroShotClass) => of(c)?.[key] ?? null] as const);

const COLUMNS: readonly (readonly [string, (c: ZeroShotClass) => string | number | null])[] = [
  ['fold', (c) => c.fold],
  ['class', (c) => c.class],
  ['label', (c) => c.label],
  ...HIERARCHICAL_AT.map((k, q) => [`hp${k}`, (c: ZeroShotClass) => c.hierarchical?.[q] ?? null] as const),
  ...ranks('csls_held_out', (c) => c.cslsHeldOut),
  ...ranks('csls_seen', (c) => c.cslsSeen),
  ...ranks('vocabulary', (c) => c.vocabulary),
  ['nearest_in_vocabulary', (c) => c.vocabulary?.nearest.join(' ') ?? null],
];

export function zeroShotCsv({ classes }: ZeroShot): string {
  return csvText([COLUMNS.map(([name]) => name), ...classes.map((c) => COLUMNS.map(([, of]) => of(c)))]);
}
