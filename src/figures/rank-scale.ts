/** Where the true word stands among its candidates, beside guessing: the first figure of the report. */
import * as Plot from '@observablehq/plot';
import type { Statistic } from '../statistics/measures.js';
import type { Summary } from '../statistics/summary.js';
import { COLOURS } from '../util/figure-style.js';
import { fixed } from '../util/format.js';
import { drawFigure } from './document.js';

const WIDTH = 520;
const ROW = 84;

interface Row {
  readonly name: string;
  readonly candidates: number;
  /** Shares of the way from the first place (0) to the last (1). */
  readonly own: number;
  readonly low: number;
  readonly high: number;
  readonly chance: number;
  readonly ownText: string;
  readonly chanceText: string;
}

/** A row for each set of candidates: first place at the left, last at the right. Null if no word has a rank. */
export function rankScale({ headline, candidates, intervals }: Summary): string | null {
  const row = (key: Statistic, count: number | null, name: string): Row[] => {
    const { value, chance } = headline[key];
    if (value === null || chance === null || Number.isNaN(value)) return [];
    // If the folds hold out groups of several sizes, guessing is drawn in the middle of their mean size.
    const last = count ?? 2 * chance - 1;
    if (last <= 1) return [];
    const place = (rank: number) => (rank - 1) / (last - 1);
    const { low, high } = intervals.of[key] ?? { low: value, high: value };
    return [
      {
        ...{ name, candidates: last, own: place(value), low: place(low), high: place(high) },
        ...{
          chance: place(chance),
          ownText: fixed(value, 2),
          chanceText: `guessing ${fixed(chance, Number.isInteger(2 * chance) ? 1 : 2)}`,
        },
      },
    ];
  };
  const rows = [
    ...row(
      'heldOutRank',
      candidates.heldOut,
      `among the ${candidates.heldOut ?? ''} held-out words`.replace('  ', ' '),
    ),
    ...row('rank', candidates.all, `among all ${candidates.all} words`),
  ];
  if (rows.length === 0) return null;
  const middle = (_: Row, i: number) => i;
  const text = (x: (row: Row) => number, of: (row: Row) => string, more: Plot.TextOptions) =>
    Plot.text(rows, { x, y: middle, text: of, fill: COLOURS.ink, ...more });
  const bar = (x1: (row: Row) => number, x2: (row: Row) => number, more: Plot.RuleYOptions) =>
    Plot.ruleY(rows, { x1, x2, y: middle, strokeWidth: 8, strokeLinecap: 'round', ...more });
  return drawFigure(
    [
      {
        width: WIDTH,
        height: rows.length * ROW + 4,
        options: {
          ...{ marginLeft: 40, marginRight: 40, marginTop: 0, marginBottom: 0 },
          x: { axis: null, domain: [0, 1] },
          y: { axis: null, domain: [-0.5, rows.length - 0.5], reverse: true },
          marks: [
            bar(
              () => 0,
              () => 1,
              { stroke: COLOURS.rule, strokeOpacity: 0.5 },
            ),
            bar(
              ({ low }) => low,
              ({ high }) => high,
              { stroke: COLOURS.better, strokeOpacity: 0.45 },
            ),
            Plot.ruleX(rows, {
              ...{ x: ({ chance }: Row) => chance, y1: (_: Row, i: number) => i - 0.14 },
              ...{ y2: (_: Row, i: number) => i + 0.14, stroke: COLOURS.control, strokeWidth: 3 },
            }),
            Plot.dot(rows, { x: 'own', y: middle, r: 7, fill: COLOURS.better, stroke: COLOURS.page }),
            text(
              () => 0,
              ({ name }) => name,
              { textAnchor: 'start', dx: -4, dy: -34, fontSize: 13 },
            ),
            text(
              ({ own }) => own,
              ({ ownText }) => ownText,
              { dy: 18, fontSize: 13, fontWeight: 'bold', fill: COLOURS.better },
            ),
            text(
              ({ chance }) => chance,
              ({ chanceText }) => chanceText,
              { dy: -17, fontSize: 12, fill: COLOURS.control },
            ),
            text(
              () => 0,
              () => '1',
              { dx: -18, textAnchor: 'end', fontSize: 12, fill: COLOURS.faint },
            ),
            text(
              () => 1,
              (r) => fixed(r.candidates, 0),
              { dx: 12, textAnchor: 'start', fontSize: 12, fill: COLOURS.faint },
            ),
          ],
        },
      },
    ],
    {
      title: 'Mean place of the true word',
      subtitle: ['Dot: this run, over all held-out images; band: its 95 % interval; upright tick: guessing.'],
      description: rows
        .map(({ name, ownText, chanceText }) => `Mean place ${ownText} ${name}, ${chanceText}.`)
        .join(' '),
    },
  );
}
