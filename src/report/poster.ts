/**
 * The table "poster | this run | 95 % interval": every number of the poster, with this run's and the mean
 * vector's.
 */

import type { ByStart } from '../statistics/class-result.js';
import type { RunStatistic } from '../statistics/evidence/draw-statistics.js';
import type { ChangeSummary, Summary } from '../statistics/summary.js';
import { change, counted, fixed, percent, words } from '../util/format.js';

/** The poster's title and the numbers that it reports. */
export const POSTER = {
  title:
    'Embeddings are All You Need: Transfer Learning in Convolutional Neural Networks using Word Embeddings',
  folds: 100,
  epochs: 25,
  improved: 86,
  classes: 100,
  median: -0.31,
  best: -0.655,
  worst: 0.679,
  flatAfter: 15,
} as const;

export interface PosterRow {
  readonly what: string;
  readonly poster: string;
  /** Relative to L0, L1 and Lz. In rows with a single value, `firstEpoch` and `zero` are empty. */
  readonly run: ByStart<string>;
  /** 95 % interval of the value relative to L0; empty if the row has none. */
  readonly interval: string;
  /** Value of the constant mean of the seen words, relative to L0. */
  readonly meanVector: string;
}

/** The rows of the table. */
export function posterTable(summary: Summary): PosterRow[] {
  const { change: own, meanVectorChange, curve, folds, classes } = summary;
  const { of: intervals } = summary.intervals;
  const between = (name: RunStatistic, show: (value: number) => string) => {
    const interval = intervals[name];
    return interval ? `${show(interval.low)} to ${show(interval.high)}` : 'n/a';
  };
  const show = (value: number) => change(value);
  const whole = (value: number) => fixed(value, 0);
  const epochs = (value: number) => (value >= curve.epochs ? 'not flat' : fixed(value, 0));
  const each = (text: (s: ChangeSummary) => string, interval: string) => ({
    interval,
    run: { initial: text(own.initial), firstEpoch: text(own.firstEpoch), zero: text(own.zero) },
    meanVector: text(meanVectorChange.initial),
  });
  const once = (text: string, interval = '') => ({
    run: { initial: text, firstEpoch: '', zero: '' },
    interval,
    meanVector: '',
  });
  const extreme = ({ change: value, label }: ChangeSummary['best']) => `${change(value)} (${words(label)})`;
  const count = own.initial.count;
  const { epochs: planned, patience } = summary.run.config;
  const epochsRun =
    patience === undefined ? String(planned) : `at most ${planned}, longest fold ${curve.epochs}`;
  const rows: PosterRow[] = [
    {
      what: 'protocol',
      poster: 'leave one class out',
      ...once(protocolInWords(summary.run.protocol)),
    },
    { what: 'folds', poster: String(POSTER.folds), ...once(`${folds.finished} of ${folds.total}`) },
    { what: 'held-out classes measured', poster: String(POSTER.classes), ...once(String(count)) },
    { what: 'epochs', poster: String(POSTER.epochs), ...once(epochsRun) },
    {
      what: 'classes improved',
      poster: `${POSTER.improved} of ${POSTER.classes}`,
      ...each(
        (s) => `${s.improved} of ${s.count} (${percent(s.improved / s.count, 0)})`,
        between('initial.improved', whole),
      ),
    },
    {
      what: 'median change',
      poster: change(POSTER.median),
      ...each((s) => change(s.median), between('initial.median', show)),
    },
    {
      what: 'lower quartile (better)',
      poster: 'only drawn',
      ...each((s) => change(s.lowerQuartile), between('initial.lowerQuartile', show)),
    },
    {
      what: 'upper quartile (worse)',
      poster: 'only drawn',
      ...each((s) => change(s.upperQuartile), between('initial.upperQuartile', show)),
    },
    ...summary.quartileClasses.map(({ rank, label, change: value }) => ({
      what: `class ranked ${rank} of ${count}`,
      poster: 'only drawn',
      ...once(`${change(value)} (${words(label)})`),
    })),
    {
      what: 'best class',
      poster: change(POSTER.best),
      ...each((s) => extreme(s.best), ''),
    },
    {
      what: 'worst class',
      poster: change(POSTER.worst),
      ...each((s) => extreme(s.worst), ''),
    },
    { what: 'outliers', poster: 'not named', ...once(outlierText(summary)) },
    {
      what: 'curve flat after',
      poster: `about ${POSTER.flatAfter} epochs`,
      ...once(
        curve.flatAfter === null ? `not flat yet` : counted(curve.flatAfter, 'epoch'),
        curve.count > 0 ? between('flatAfter', epochs) : 'n/a',
      ),
    },
    {
      what: 'still improving at the last epoch',
      poster: 'some classes',
      ...once(
        `${curve.stillImproving} of ${curve.count} classes`,
        curve.count > 0 ? between('stillImproving', whole) : 'n/a',
      ),
    },
  ];
  const willow = classes.find((c) => c.label === 'willow_tree');
  if (willow) {
    const place = 1 + classes.filter((c) => c.change.initial < willow.change.initial).length;
    rows.push({
      what: 'willow tree, with its relatives in training',
      poster: 'among the best',
      run: {
        initial: `${change(willow.change.initial)} (${fixed(place, 0)} of ${count} from the best)`,
        firstEpoch: change(willow.change.firstEpoch),
        zero: change(willow.change.zero),
      },
      interval: '',
      meanVector: change(willow.meanVectorChange.initial),
    });
  }
  return rows;
}

/** "none", or all outliers with their changes. */
function outlierText({ outliers }: Summary): string {
  const { classes } = outliers;
  return classes.length === 0
    ? 'none'
    : classes.map(({ label, change: value }) => `${words(label)} ${change(value)}`).join(', ');
}

export function protocolInWords(protocol: string): string {
  if (protocol === 'loo') return 'leave one class out';
  if (protocol === 'one-per-superclass') return 'hold out one class of each superclass';
  if (protocol.startsWith('holdout:'))
    return `hold out random groups of ${protocol.slice('holdout:'.length)}`;
  return protocol === 'single' ? 'one set of classes held out' : protocol;
}
