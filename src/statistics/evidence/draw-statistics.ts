/**
 * The statistics of a run that have an interval, as functions of the drawn classes; the bootstrap computes
 * them for each draw. For the draw that has each class once, they equal the run's own numbers. The best and
 * the worst class have no interval: no draw contains a class more extreme than the run's, so the interval
 * would extend only inwards.
 */
import { crossFittedAlphas } from '../calibration.js';
import type { Measures } from '../class-measures.js';
import { type ClassCurve, flatAfter, stillImproves } from '../curves.js';
import { measureOf, relativeChange, STATISTICS, type Statistic } from '../measures.js';
import { Column, type SampleStatistic } from './bootstrap.js';

const STARTS = ['initial', 'firstEpoch', 'zero'] as const;

/** The poster's statistics of a list of relative changes. `improved` is a number of classes. */
const CHANGE_STATISTICS = ['improved', 'median', 'lowerQuartile', 'upperQuartile'] as const;

export const RUN_STATISTICS = [
  ...STATISTICS,
  ...STARTS.flatMap((start) => CHANGE_STATISTICS.map((of) => `${start}.${of}` as const)),
  ...(['beatMeanVector', 'meanChange', 'meanVectorMeanChange', 'flatAfter', 'stillImproving'] as const),
];
export type RunStatistic = (typeof RUN_STATISTICS)[number];

const STARTING_LOSS = { initial: 'initialLoss', firstEpoch: 'firstEpochLoss', zero: 'zeroLoss' } as const;

/** @param curveOf the curve of each entry; entries without one are skipped in the statistics of curves */
export function runStatistics(
  entries: readonly Measures[],
  curveOf: readonly (ClassCurve | null)[],
): Record<RunStatistic, SampleStatistic> {
  return {
    ...headlineStatistics(entries),
    ...changeStatistics(entries),
    ...curveStatistics(curveOf),
  } as Record<RunStatistic, SampleStatistic>;
}

function headlineStatistics(entries: readonly Measures[]): Record<Statistic, SampleStatistic> {
  return Object.fromEntries(STATISTICS.map((name) => [name, drawn(name, entries)])) as Record<
    Statistic,
    SampleStatistic
  >;
}

function drawn(name: Statistic, entries: readonly Measures[]): SampleStatistic {
  const { over, of } = measureOf(name);
  const column = new Column(entries.map((entry) => of(entry) ?? Number.NaN));
  switch (over) {
    case 'mean':
      return (draw) => column.mean(draw);
    case 'median':
      return (draw) => column.quantile(draw, 0.5);
    case 'cross-fitted mean':
      return calibrated(entries);
    default:
      return over satisfies never;
  }
}

/**
 * Mean calibrated skill. α is fitted again for each draw, on the drawn classes without the class it is
 * applied to.
 */
function calibrated(entries: readonly Measures[]): SampleStatistic {
  if (crossFittedAlphas(entries) === null) return () => null;
  const targets = [...new Set(entries.map((entry) => entry.target))];
  const unitOf = entries.map((entry) => targets.indexOf(entry.target));
  const agreement = new Float64Array(targets.length);
  const energy = new Float64Array(targets.length);
  return (draw) => {
    agreement.fill(0);
    energy.fill(0);
    let allAgreement = 0;
    let allEnergy = 0;
    for (const [i, entry] of entries.entries()) {
      agreement[unitOf[i]] += draw[i] * entry.agreement;
      energy[unitOf[i]] += draw[i] * entry.energy;
      allAgreement += draw[i] * entry.agreement;
      allEnergy += draw[i] * entry.energy;
    }
    let sum = 0;
    let count = 0;
    for (const [i, entry] of entries.entries()) {
      if (draw[i] === 0) continue;
      const rest = allEnergy - energy[unitOf[i]];
      const alpha = rest > 0 ? (allAgreement - agreement[unitOf[i]]) / rest : 0;
      sum += draw[i] * alpha * (2 * entry.agreement - alpha * entry.energy);
      count += draw[i];
    }
    return count > 0 ? sum / count : null;
  };
}

function changeStatistics(entries: readonly Measures[]): Record<string, SampleStatistic> {
  const found: Record<string, SampleStatistic> = {};
  for (const start of STARTS) {
    const key = STARTING_LOSS[start];
    const changes = new Column(entries.map((e) => relativeChange(e.finalLoss, e[key])));
    found[`${start}.improved`] = (draw) => changes.below(draw, 0);
    found[`${start}.median`] = (draw) => changes.quantile(draw, 0.5);
    found[`${start}.lowerQuartile`] = (draw) => changes.quantile(draw, 0.25);
    found[`${start}.upperQuartile`] = (draw) => changes.quantile(draw, 0.75);
  }
  const beyond = new Column(entries.map((e) => e.finalLoss - e.meanVectorLoss));
  const own = new Column(entries.map((e) => relativeChange(e.finalLoss, e.initialLoss)));
  const control = new Column(entries.map((e) => relativeChange(e.meanVectorLoss, e.initialLoss)));
  found.beatMeanVector = (draw) => beyond.below(draw, 0);
  found.meanChange = (draw) => own.mean(draw);
  found.meanVectorMeanChange = (draw) => control.mean(draw);
  return found;
}

/** If the median is never flat before the last epoch, the last epoch counts. */
function curveStatistics(curveOf: readonly (ClassCurve | null)[]): Record<string, SampleStatistic> {
  const epochs = [...new Set(curveOf.flatMap((curve) => curve?.epochs ?? []))].sort((a, b) => a - b);
  const columns = epochs.map(
    (epoch) =>
      new Column(
        curveOf.map((curve) => {
          if (!curve) return Number.NaN;
          const at = curve.epochs.indexOf(epoch);
          if (at >= 0) return curve.relative[at];
          // The folds of another seed trained for longer.
          return epoch > curve.epochs.at(-1)! ? curve.relative.at(-1)! : Number.NaN;
        }),
      ),
  );
  const improving = new Column(
    curveOf.map((curve) => {
      if (!curve) return Number.NaN;
      return stillImproves(curve) ? 0 : 1;
    }),
  );
  return {
    flatAfter: (draw) => {
      const bands = columns.flatMap((column, e) => {
        const median = column.quantile(draw, 0.5);
        return median === null ? [] : [{ epoch: epochs[e], low: median, median, high: median, count: 1 }];
      });
      return flatAfter(bands) ?? epochs.at(-1) ?? null;
    },
    stillImproving: (draw) => improving.below(draw, 1),
  };
}
