/** The headline's rows, the same for the page and the terminal: each measure beside its null. */
import type { Statistic } from '../statistics/aggregate.js';
import type { Headline, Summary } from '../statistics/summary.js';
import { change, fixed, percent, pValue } from '../util/format.js';

export interface HeadlineRow {
  readonly group: string;
  readonly what: string;
  readonly value: string;
  /** 95 % interval, bootstrap over classes. */
  readonly interval: string;
  /** The same number of each run beside this one; see {@link Summary.beside}. */
  readonly beside: readonly string[];
  /** By Euclidean distance instead of centred cosine; empty where that makes no sense. */
  readonly euclidean: string;
  /** Ranking at random, or answering the mean vector. */
  readonly chance: string;
  readonly swap: string;
  readonly p: string;
}

type Show = (value: number | null) => string;
const share: Show = (value) => percent(value);
const two: Show = (value) => fixed(value, 2);
const three: Show = (value) => fixed(value, 3);

/** Rank, hits, centred cosine, calibrated skill: what tells transfer from learning the centre of the space. */
export function headlineRows(summary: Summary): HeadlineRow[] {
  const { headline, candidates } = summary;
  const row = (
    group: string,
    what: string,
    key: Statistic,
    show: Show,
    euclidean?: Statistic,
  ): HeadlineRow => ({
    group,
    what,
    ...cells(headline[key], show),
    ...around(summary, key, show),
    euclidean: euclidean ? show(headline[euclidean].value) : '',
  });
  const all = `true word among all ${candidates.all} labels`;
  const among = `true word among the fold's ${candidates.heldOut ?? ''} left-out labels`.replace('  ', ' ');
  return [
    row(all, 'mean rank', 'rank', two, 'euclideanRank'),
    row(all, 'hit@1', 'hit1', share, 'euclideanHit1'),
    row(all, 'hit@5', 'hit5', share),
    row(all, 'hit@10', 'hit10', share),
    row(among, 'mean rank', 'heldOutRank', two, 'heldOutEuclideanRank'),
    row(among, 'hit@1', 'heldOutHit1', share, 'heldOutEuclideanHit1'),
    row(among, 'hit@5', 'heldOutHit5', share),
    row(among, 'hit@10', 'heldOutHit10', share),
    row('direction and size', 'centred cosine', 'centredCosine', three),
    row('direction and size', 'calibrated skill', 'calibratedSkill', three),
  ];
}

/** Skill and the poster's measure, which stand beside the headline and not in it. */
export function besideRows(summary: Summary): HeadlineRow[] {
  const { headline, meanVectorChange } = summary;
  const control = { ...headline.relativeChange, chance: meanVectorChange.initial.median };
  return [
    {
      group: 'loss alone',
      what: 'skill',
      ...cells(headline.skill, three),
      ...around(summary, 'skill', three),
      euclidean: '',
    },
    {
      group: 'loss alone',
      what: 'median relative change',
      ...cells(control, (value) => change(value)),
      ...around(summary, 'relativeChange', (value) => change(value)),
      euclidean: '',
    },
  ];
}

/** What stands around a value: its interval, and the runs beside it, this run on their classes first. */
function around({ intervals, beside }: Summary, key: Statistic, show: Show) {
  const interval = intervals.of[key];
  const columns = beside ? [...(beside.fewerThanOwn ? [beside.own] : []), ...beside.runs] : [];
  return {
    interval: interval ? `${show(interval.low)} to ${show(interval.high)}` : 'n/a',
    beside: columns.map(({ values }) => show(values[key])),
  };
}

/** Headings of {@link HeadlineRow.beside}. */
export function besideNames({ beside }: Summary): string[] {
  if (!beside) return [];
  const own = beside.fewerThanOwn ? [`this run, same ${beside.classes} classes`] : [];
  return [...own, ...beside.runs.map(({ name }) => name)];
}

function cells({ value, chance, swap }: Headline, show: Show) {
  return {
    value: show(value),
    chance: value === null ? 'n/a' : show(chance),
    swap: swap ? `${show(swap.low)} to ${show(swap.high)}` : 'n/a',
    p: swap ? pValue(swap.p) : 'n/a',
  };
}
