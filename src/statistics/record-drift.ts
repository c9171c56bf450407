/**
 * Compares a fold that was trained on two machines. Engines with other instruction sets or builds round
 * differently, and training amplifies the differences. Report this drift when one run contains folds of
 * several engines.
 */
import type { EngineId } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { meanOfNumbers } from '../util/metrics.js';
import { columnOf } from './fold-columns.js';
import type { FoldData, RunData } from './load.js';
import { measureFold } from './measure-fold.js';
import { pairTable } from './pair-table.js';

/**
 * For a measure of the held-out classes: the largest difference of a single class, and the difference of the
 * means over all classes.
 */
interface Difference {
  readonly class: string;
  readonly largest: number;
  readonly mean: number;
}

export interface FoldDrift {
  readonly fold: string;
  readonly engines: readonly [readonly EngineId[], readonly EngineId[]];
  /** Relative to the loss in the first run. */
  readonly finalLoss: Difference;
  readonly rank: Difference;
  readonly hit5: Difference;
  /** Share of the images whose rank among all labels differs. */
  readonly otherRank: number;
}

/**
 * The drift of each fold that both runs have finished.
 * @throws LexelError if there is no such fold, or if the runs have other images or held-out classes
 */
export function foldDrift(first: RunData, second: RunData): FoldDrift[] {
  const { classes, hash } = first.run.run.dataset;
  const [a, b] = [first.run.dir, second.run.dir];
  if (second.run.run.dataset.hash !== hash)
    throw new LexelError(`${a} and ${b} were evaluated on different images`);
  const found = first.folds.flatMap((fold) => {
    const other = second.folds.find(({ record }) => record.id === fold.record.id);
    return other ? [driftOf(fold, other, classes)] : [];
  });
  if (found.length === 0) throw new LexelError(`no fold has finished in both ${a} and ${b}`);
  return found;
}

function driftOf(first: FoldData, second: FoldData, classes: readonly string[]): FoldDrift {
  const { id, heldOut } = first.record;
  if (heldOut.join() !== second.record.heldOut.join())
    throw new LexelError(`fold ${id} holds out different classes in the two runs`);
  const [before, after] = [first, second].map((fold) => pairTable(fold).own);
  const difference = (of: (c: number) => number): Difference => {
    const values = heldOut.map((_, c) => of(c));
    const sizes = values.map((value) => (Number.isNaN(value) ? 0 : Math.abs(value)));
    const at = sizes.indexOf(Math.max(...sizes));
    return { class: classes[heldOut[at]], largest: values[at], mean: meanOfNumbers(values) };
  };
  const places = [first, second].map((fold) => columnOf(measureFold(fold), 'image.places'));
  const other = places[0].filter((place, i) => place !== places[1][i]).length;
  return {
    fold: id,
    engines: [first.record.engines, second.record.engines],
    finalLoss: difference((c) => after[c].finalLoss / before[c].finalLoss - 1),
    rank: difference((c) => after[c].all.rank - before[c].all.rank),
    hit5: difference((c) => after[c].all.hit5 - before[c].all.hit5),
    otherRank: other / places[0].length,
  };
}
