/** The rows of the headline, for the page and the terminal: each measure with its null. */
import {
  GROUPS,
  groupTitle,
  isInformative,
  type MeasureGroup,
  measureOf,
  type Statistic,
  statisticsIn,
} from '../statistics/measures.js';
import type { Headline, Summary } from '../statistics/summary.js';
import { pValue } from '../util/format.js';
import { showStatistic } from './show.js';
import type { Show } from './units.js';

export interface HeadlineRow {
  readonly group: string;
  readonly what: string;
  readonly value: string;
  /** 95 % bootstrap interval over superclasses or classes. */
  readonly interval: string;
  /** The value in each run of {@link Summary.comparedWith}. */
  readonly comparedWith: readonly string[];
  /** The value by Euclidean distance instead of centred cosine; empty if it is not defined. */
  readonly euclidean: string;
  /** Expected by ranking at random or by predicting the mean vector. */
  readonly chance: string;
  readonly permutationNull: string;
  readonly p: string;
}

const BESIDE: MeasureGroup = 'loss';

/**
 * Rank, hits, centred cosine and calibrated skill: the measures that distinguish transfer from learning the
 * centre of the space.
 */
export function headlineRows(summary: Summary): HeadlineRow[] {
  return GROUPS.filter((group) => group !== BESIDE).flatMap((group) => rowsOf(summary, group));
}

/** Skill and the poster's measure, which are shown next to the headline. */
export function lossRows(summary: Summary): HeadlineRow[] {
  return rowsOf(summary, BESIDE);
}

function rowsOf(summary: Summary, group: MeasureGroup): HeadlineRow[] {
  const { headline, candidates, meanVectorChange, run, comparedWith } = summary;
  const other = run.reading && run.reading.name !== run.reading.own ? ` (${run.reading.own})` : '';
  const known = (name: Statistic) =>
    headline[name].value !== null || comparedWith?.runs.some(({ values }) => values[name] !== null);
  const shown = statisticsIn(group).filter(
    (name) => known(name) && isInformative(measureOf(name).unit, headline[name].chance),
  );
  return shown.map((name) => {
    const { label, chance, euclidean, ofOwnReading } = measureOf(name);
    const show = showStatistic(name);
    // If a measure has no chance level, the mean vector's value is shown.
    const own =
      chance === null ? { ...headline[name], chance: meanVectorChange.initial.median } : headline[name];
    return {
      group: groupTitle(group, candidates, "the fold's"),
      what: ofOwnReading ? label + other : label,
      ...cells(own, show),
      ...around(summary, name, show),
      euclidean: euclidean ? show(headline[euclidean as Statistic].value) : '',
    };
  });
}

/** The cells around a value: its interval, and the compared runs, starting with this run on their classes. */
function around({ intervals, comparedWith }: Summary, key: Statistic, show: Show) {
  const interval = intervals.of[key];
  const columns = comparedWith
    ? [...(comparedWith.fewerThanOwn ? [comparedWith.own] : []), ...comparedWith.runs]
    : [];
  return {
    interval: interval ? `${show(interval.low)} to ${show(interval.high)}` : 'n/a',
    comparedWith: columns.map(({ values, ranges }) => {
      const range = ranges?.[key];
      return show(values[key]) + (range ? ` (${show(range.low)} to ${show(range.high)})` : '');
    }),
  };
}

/** Headings of {@link HeadlineRow.comparedWith}. */
export function comparedWithNames({ comparedWith }: Summary): string[] {
  if (!comparedWith) return [];
  const own = comparedWith.fewerThanOwn ? [`this run, same ${comparedWith.classes} classes`] : [];
  return [
    ...own,
    ...comparedWith.runs.map(({ name, seeds }) =>
      seeds.length > 1 ? `${name}, mean and range of ${seeds.length} seeds` : name,
    ),
  ];
}

function cells({ value, chance, permutationNull }: Headline, show: Show) {
  return {
    value: show(value),
    chance: value === null ? 'n/a' : show(chance),
    permutationNull: permutationNull
      ? `${show(permutationNull.low)} to ${show(permutationNull.high)}`
      : 'n/a',
    p: permutationNull ? pValue(permutationNull.p) : 'n/a',
  };
}
