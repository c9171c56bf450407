/** One row per held-out class: its relative change with the mean-vector control, and its centred cosine. */
import * as Plot from '@observablehq/plot';
import type { ClassResult } from '../statistics/class-result.js';
import type { Summary } from '../statistics/summary.js';
import { COLOURS } from '../util/figure-style.js';
import { counted, fixed, shortName } from '../util/format.js';
import { ofClass } from './class-marks.js';
import { drawFigure } from './document.js';
import { changeTick, numberTick } from './ticks.js';

const ROW = 15;

/**
 * Rows are sorted by relative change, best first. Left: relative change and mean-vector control. Right:
 * centred cosine.
 */
export function classChart(summary: Summary): string {
  const rows = [...summary.classes].sort((a, b) => a.change.initial - b.change.initial);
  const repeated = new Set(rows.map((row) => row.class)).size < rows.length;
  const nameOf = (row: ClassResult) => shortName(row.label) + (repeated ? ` · ${row.fold}` : '');
  const data = rows.map((row) => ({
    name: nameOf(row),
    label: row.label,
    change: row.change.initial * 100,
    control: row.meanVectorChange.initial * 100,
    cosine: row.centredCosine,
  }));
  const directed = data.filter((row) => !Number.isNaN(row.cosine));
  const label = (row: { label: string }) => [row.label];
  const [named, namedDirected] = [ofClass(data, label), ofClass(directed, label)];
  const height = rows.length * ROW + 70;
  const margins = { marginTop: 40, marginBottom: 30 };
  // Both panels need the same band scale so that their rows line up; by default, Plot would use a point scale
  // on the right.
  const y = { type: 'band' as const, domain: data.map((row) => row.name), label: null, tickSize: 0 };
  const longest = Math.max(...data.map((row) => row.name.length));
  const marginLeft = Math.min(260, 24 + longest * 7.2);
  return drawFigure(
    [
      {
        width: marginLeft + 360,
        height,
        options: {
          ...margins,
          marginLeft,
          marginRight: 24,
          y,
          x: {
            label: 'relative change of loss, % (negative is better)',
            axis: 'top',
            grid: true,
            labelAnchor: 'center',
            labelArrow: 'none',
            tickFormat: changeTick,
            nice: true,
          },
          marks: [
            Plot.ruleX([0], { stroke: COLOURS.faint }),
            Plot.ruleY(data, { y: 'name', x1: 0, x2: 'change', stroke: COLOURS.rule, ...named }),
            Plot.tickX(data, { y: 'name', x: 'control', stroke: COLOURS.control, strokeWidth: 2, ...named }),
            Plot.dot(data, {
              y: 'name',
              x: 'change',
              ...named,
              r: 4,
              title: ({ name, change, control }) =>
                `${name}: ${fixed(change, 1)} %, mean vector ${fixed(control, 1)} %`,
              fill: (row: { change: number }) => (row.change < 0 ? COLOURS.better : COLOURS.worse),
            }),
          ],
        },
      },
      {
        width: 300,
        height,
        options: {
          ...margins,
          marginLeft: 16,
          marginRight: 28,
          y: { ...y, axis: null },
          x: {
            label: 'centred cosine (0 = no direction, 1 = the word)',
            axis: 'top',
            grid: true,
            labelAnchor: 'center',
            labelArrow: 'none',
            tickFormat: numberTick,
            ticks: 6,
            nice: true,
            domain: [
              Math.min(0, ...directed.map((row) => row.cosine)),
              Math.max(0.1, ...directed.map((row) => row.cosine)),
            ],
          },
          marks: [
            Plot.ruleX([0], { stroke: COLOURS.faint }),
            Plot.ruleY(directed, { y: 'name', x1: 0, x2: 'cosine', stroke: COLOURS.rule, ...namedDirected }),
            Plot.dot(directed, {
              y: 'name',
              x: 'cosine',
              ...namedDirected,
              r: 4,
              title: ({ name, cosine }) => `${name}: ${fixed(cosine, 2)}`,
              fill: (row: { cosine: number }) => (row.cosine > 0 ? COLOURS.better : COLOURS.worse),
            }),
          ],
        },
      },
    ],
    {
      together: true,
      title: 'Each held-out class',
      subtitle: [
        'Dot: this run, sorted by relative change; blue: better than the start, or towards the word.',
        'Upright tick: always answering the mean of the seen words.',
      ],
      description: `Relative change and centred cosine of ${counted(rows.length, 'held-out class', 'held-out classes')}.`,
    },
  );
}
