/** "poster | this run": every number that the poster gives, beside this run's and beside an answer that never looks. */
import { change, fixed, percent, words } from '../format.js';
import type { ByStart, ChangeSummary, Summary } from '../summary.js';

/** What the poster reports. */
export const POSTER = {
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
  /** Against L0, L1 and Lz; where a row has one value only, `firstEpoch` and `zero` are empty. */
  readonly run: ByStart<string>;
  /** Always answering the mean of the seen words, against L0. */
  readonly meanVector: string;
}

/** The rows of the table. */
export function posterTable(summary: Summary): PosterRow[] {
  const { change: own, meanVectorChange, curve, folds, classes } = summary;
  const each = (show: (s: ChangeSummary) => string) => ({
    run: { initial: show(own.initial), firstEpoch: show(own.firstEpoch), zero: show(own.zero) },
    meanVector: show(meanVectorChange.initial),
  });
  const once = (text: string) => ({ run: { initial: text, firstEpoch: '', zero: '' }, meanVector: '' });
  const extreme = ({ change: value, label }: ChangeSummary['best']) => `${change(value)} (${words(label)})`;
  const count = own.initial.count;
  const rows: PosterRow[] = [
    {
      what: 'protocol',
      poster: 'leave one class out',
      ...once(protocolInWords(summary.run.protocol)),
    },
    { what: 'folds', poster: String(POSTER.folds), ...once(`${folds.finished} of ${folds.total}`) },
    { what: 'left-out classes measured', poster: String(POSTER.classes), ...once(String(count)) },
    { what: 'epochs', poster: String(POSTER.epochs), ...once(String(curve.epochs)) },
    {
      what: 'classes improved',
      poster: `${POSTER.improved} of ${POSTER.classes}`,
      ...each((s) => `${s.improved} of ${s.count} (${percent(s.improved / s.count, 0)})`),
    },
    { what: 'median change', poster: change(POSTER.median), ...each((s) => change(s.median)) },
    {
      what: 'quartiles',
      poster: 'only drawn',
      ...each((s) => `${change(s.lowerQuartile)} to ${change(s.upperQuartile)}`),
    },
    { what: 'best class', poster: change(POSTER.best), ...each((s) => extreme(s.best)) },
    { what: 'worst class', poster: change(POSTER.worst), ...each((s) => extreme(s.worst)) },
    {
      what: 'curve flat after',
      poster: `about ${POSTER.flatAfter} epochs`,
      ...once(curve.flatAfter === null ? `not flat yet` : `${curve.flatAfter} epochs`),
    },
    {
      what: 'still improving at the last epoch',
      poster: 'some classes',
      ...once(`${curve.stillImproving} of ${curve.count} classes`),
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
      meanVector: change(willow.meanVectorChange.initial),
    });
  }
  return rows;
}

export function protocolInWords(protocol: string): string {
  if (protocol === 'loo') return 'leave one class out';
  if (protocol === 'one-per-superclass') return 'leave out one class of each superclass';
  if (protocol.startsWith('holdout:'))
    return `leave out random groups of ${protocol.slice('holdout:'.length)}`;
  return protocol === 'single' ? 'one set of classes left out' : protocol;
}
