/**
 * Held-out loss per epoch, from the folds' logs: quartiles over classes, the classes at the quartiles after
 * the last epoch, and the epoch from which the curve is flat.
 */
import { median, quantile } from 'simple-statistics';
import { keptLoss } from '../crossval/record-file.js';
import { keptEpoch } from '../train/index.js';
import type { RunData } from './load.js';

/**
 * The losses of one held-out class by epoch; epoch 0 is the untrained network. The curve of a fold that stopped early
 * goes on, to the last epoch of the run's longest fold, with the loss of the weights that the fold kept: so every epoch
 * is over the same classes, and the last one is that of the results.
 */
export interface ClassCurve {
  readonly fold: string;
  readonly class: number;
  readonly label: string;
  readonly epochs: readonly number[];
  /** Number of epochs that the fold trained. */
  readonly trained: number;
  /** Loss of the weights that the fold kept: of the last epoch, or with `keepBest` of the best. */
  readonly kept: number;
  /** MSE. */
  readonly loss: readonly number[];
  /** (loss − L0) / L0. */
  readonly relative: readonly number[];
}

export type CurveValue = 'loss' | 'relative';

export interface CurveBand {
  readonly epoch: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
  readonly count: number;
}

/** Curves of the held-out classes of finished folds. Classes without a log line for epoch 0 are skipped. */
export function classCurves(data: RunData): ClassCurve[] {
  const { run } = data.run;
  const longest = Math.max(...data.folds.flatMap(({ record }) => record.epochs.map(({ epoch }) => epoch)));
  return data.folds.flatMap(({ record }) =>
    record.heldOut.flatMap((c): ClassCurve[] => {
      const points = record.epochs.flatMap(({ epoch, classes: lines }) => {
        const loss = lines.find((line) => line.class === c)?.loss;
        return loss === null || loss === undefined ? [] : [{ epoch, loss: keptLoss(loss) }];
      });
      if (points.length === 0 || points[0].epoch !== 0 || !(points[0].loss > 0)) return [];
      const trained = points.at(-1)!.epoch;
      const best = keptEpoch(run.config, record.end ?? { epochs: trained });
      const kept = points.find(({ epoch }) => epoch === best)?.loss ?? points.at(-1)!.loss;
      for (let epoch = trained + 1; epoch <= longest; epoch++) points.push({ epoch, loss: kept });
      const loss = points.map((point) => point.loss);
      return [
        {
          fold: record.id,
          class: c,
          label: run.dataset.classes[c],
          epochs: points.map((point) => point.epoch),
          trained,
          kept,
          loss,
          relative: loss.map((value) => (value - loss[0]) / loss[0]),
        },
      ];
    }),
  );
}

/** Median and quartiles over the classes for each epoch. */
export function quartileBands(curves: readonly ClassCurve[], value: CurveValue): CurveBand[] {
  const byEpoch = new Map<number, number[]>();
  for (const curve of curves) {
    for (const [i, epoch] of curve.epochs.entries()) {
      const list = byEpoch.get(epoch) ?? [];
      list.push(curve[value][i]);
      byEpoch.set(epoch, list);
    }
  }
  return [...byEpoch]
    .sort(([a], [b]) => a - b)
    .map(([epoch, values]) => ({
      epoch,
      low: quantile(values, 0.25),
      median: median(values),
      high: quantile(values, 0.75),
      count: values.length,
    }));
}

/**
 * The classes at ranks ⌈n/4⌉ and ⌈3n/4⌉ after the last epoch, lowest (best) first: the 25th and 75th of 100.
 * Needs at least four classes.
 */
export function quartileCurves(
  curves: readonly ClassCurve[],
  value: CurveValue,
): { rank: number; curve: ClassCurve }[] {
  if (curves.length < 4) return [];
  const sorted = [...curves].sort((a, b) => a[value].at(-1)! - b[value].at(-1)! || a.class - b.class);
  return [0.25, 0.75].map((share) => {
    const rank = Math.ceil(share * sorted.length);
    return { rank, curve: sorted[rank - 1] };
  });
}

/**
 * The first epoch from which the median relative change stays close to its last value: within 5 % of the
 * distance between its start and its minimum. null if only the last epoch itself is within that range, or if
 * the median is constant.
 */
export function flatAfter(bands: readonly CurveBand[]): number | null {
  if (bands.length < 2) return null;
  const values = bands.map((band) => band.median);
  const way = Math.abs(values[0] - Math.min(...values));
  if (way === 0) return null;
  const last = values.at(-1)!;
  let first = values.length - 1;
  while (first > 0 && Math.abs(values[first - 1] - last) <= 0.05 * way) first--;
  return first < values.length - 1 ? bands[first].epoch : null;
}

/** Whether the loss after the last epoch that was trained is lower than all earlier ones. */
export function stillImproves({ epochs, trained, loss }: ClassCurve): boolean {
  const own = loss.slice(0, epochs.indexOf(trained) + 1);
  return own.length > 1 && own.at(-1)! < Math.min(...own.slice(0, -1));
}
