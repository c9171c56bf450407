/** The poster's figure 3: a histogram of the relative change of loss over the held-out classes. */
import * as Plot from '@observablehq/plot';
import type { Summary } from '../statistics/summary.js';
import { COLOURS } from '../util/figure-style.js';
import { change, counted } from '../util/format.js';
import { ofClass } from './class-marks.js';
import { drawFigure } from './document.js';
import { changeTick } from './ticks.js';

const WIDTH = 760;
const HEIGHT = 360;

/**
 * Bins of equal width in per cent, with an edge at zero, so that no bin contains both improved and worsened
 * classes.
 */
export function histogram(changes: readonly number[]): { low: number; high: number; count: number }[] {
  const values = changes.map((value) => value * 100);
  const range = Math.max(...values, 0) - Math.min(...values, 0);
  const width =
    [1, 2, 5, 10, 20, 50, 100].find((w) => range / w <= 24) ?? 10 ** Math.ceil(Math.log10(range / 24));
  // A change of exactly zero is not an improvement, so it belongs to the right of the edge.
  const places = values.map((value) => Math.floor(value / width));
  const first = Math.min(...places, -1);
  const last = Math.max(...places, 0);
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    low: (first + i) * width,
    high: (first + i + 1) * width,
    count: places.filter((place) => place === first + i).length,
  }));
}

/** Draws the histogram of (LE − L0) / L0 with its median and the median of the mean vector. */
export function figure3(summary: Summary): string {
  const bins = histogram(summary.classes.map((c) => c.change.initial));
  const own = summary.change.initial;
  const control = summary.meanVectorChange.initial;
  const top = Math.max(...bins.map((bin) => bin.count));
  const medians = [
    { x: own.median * 100, text: `median ${change(own.median)}`, colour: COLOURS.ink, dash: 'none' },
    {
      x: control.median * 100,
      text: `mean-vector answer ${change(control.median)}`,
      colour: COLOURS.control,
      dash: '2,3',
    },
  ].sort((a, b) => a.x - b.x);
  const low = Math.min(bins[0].low, medians[0].x);
  const high = Math.max(bins.at(-1)!.high, medians[1].x);
  // Each label has its own line above the bars. Labels extend away from each other if there is room.
  const roomFor = (text: string) => (text.length * 8 * (high - low)) / (WIDTH - 84);
  const labels = medians.map((label, i) => {
    const room = i === 0 ? label.x - low : high - label.x;
    const outward = i === 0 ? ('end' as const) : ('start' as const);
    const inward = i === 0 ? ('start' as const) : ('end' as const);
    return {
      ...label,
      y: top * (i === 0 ? 1.18 : 1.09),
      anchor: room > roomFor(label.text) ? outward : inward,
    };
  });
  const improved = (bin: { high: number }) => (bin.high <= 0 ? COLOURS.better : COLOURS.worse);
  const labelsOf = ({ low, high }: (typeof bins)[number]) =>
    summary.classes.flatMap(({ label, change: { initial } }) =>
      initial * 100 >= low && initial * 100 < high ? [label] : [],
    );
  const title = ({ low: from, high: to, count }: (typeof bins)[number]) =>
    `${counted(count, 'class', 'classes')}: ${changeTick(from)} to ${changeTick(to)} %`;
  return drawFigure(
    [
      {
        width: WIDTH,
        height: HEIGHT,
        options: {
          marginLeft: 56,
          marginRight: 28,
          marginBottom: 46,
          marginTop: 24,
          x: {
            label: 'relative change of the held-out loss, end against untrained, % (negative is better)',
            domain: [low, high],
            labelAnchor: 'center',
            labelArrow: 'none',
            tickFormat: changeTick,
          },
          y: {
            label: 'classes',
            labelArrow: 'none',
            domain: [0, top * 1.22],
            ticks: Math.min(top, 8),
            tickFormat: (v: number) => (Number.isInteger(v) ? String(v) : ''),
          },
          marks: [
            Plot.gridY({ ticks: Math.min(top, 8) }),
            Plot.rectY(bins, {
              x1: 'low',
              x2: 'high',
              y: 'count',
              fill: improved,
              inset: 0.5,
              title,
              ...ofClass(bins, labelsOf),
            }),
            Plot.ruleY([0]),
            // It ends below the labels, so that it crosses none.
            Plot.ruleX([0], { y1: 0, y2: top * 1.03, stroke: COLOURS.faint }),
            ...labels.flatMap((label) => [
              Plot.ruleX([label.x], {
                y1: 0,
                y2: label.y,
                stroke: label.colour,
                strokeWidth: 2,
                strokeDasharray: label.dash,
              }),
              Plot.text([label], {
                x: 'x',
                y: 'y',
                text: 'text',
                fill: label.colour,
                fontWeight: 'bold',
                textAnchor: label.anchor,
                dx: label.anchor === 'start' ? 6 : -6,
              }),
            ]),
          ],
        },
      },
    ],
    {
      title: 'Relative change of the held-out loss',
      subtitle: [
        `${own.improved} of ${counted(own.count, 'class', 'classes')} improved (blue). Always answering the mean of the seen words improves ${control.improved} of ${control.count}.`,
      ],
      description: `Histogram over ${counted(own.count, 'class', 'classes')} of the relative change of loss; median ${change(own.median)}.`,
    },
  );
}
