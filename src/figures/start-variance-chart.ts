/**
 * The poster's headline number without training: the result of the mean vector by the variance of the
 * untrained output.
 */
import * as Plot from '@observablehq/plot';
import type { StartPoint, StartVariance } from '../statistics/evidence/start-variance.js';
import type { ChangeSummary } from '../statistics/summary.js';
import { COLOURS } from '../util/figure-style.js';
import { change } from '../util/format.js';
import { drawFigure } from './document.js';
import { changeTick } from './ticks.js';

const HEIGHT = 340;

/**
 * Left: median and worst relative change. Right: number of improved classes. The curves take one variance for all
 * classes; the dots are the numbers of the report's tables, whose L0 is each class's own.
 * @param measured the mean vector's relative change against this run's untrained network
 */
export function startVarianceFigure(start: StartVariance, measured: ChangeSummary): string {
  const curve = start.curve.map((p) => ({ ...p, median: p.median * 100, worst: p.worst * 100 }));
  const end = curve.at(-1)!;
  const x = {
    label: 'variance of the untrained output, about zero',
    labelAnchor: 'center' as const,
    labelArrow: 'none' as const,
  };
  const mark = Plot.ruleX([start.own], { stroke: COLOURS.control, strokeWidth: 2, strokeDasharray: '2,3' });
  const dots = (...values: number[]) =>
    Plot.dot(
      values.map((y) => ({ x: start.own, y })),
      // Without an outline, which would hide where the lines begin.
      { x: 'x', y: 'y', r: 4, fill: COLOURS.control },
    );
  const worst = measured.worst.change;
  const margins = { marginLeft: 52, marginTop: 30, marginBottom: 44, marginRight: 70 };
  const atEnd = (point: StartPoint, key: 'median' | 'worst', text: string) =>
    Plot.text([{ x: point.variance, y: point[key] }], {
      x: 'x',
      y: 'y',
      text: () => text,
      textAnchor: 'start',
      dx: 6,
      fill: COLOURS.ink,
    });
  return drawFigure(
    [
      {
        width: 480,
        height: HEIGHT,
        options: {
          ...margins,
          x,
          y: {
            label: 'relative change of the mean vector, %',
            labelArrow: 'none',
            grid: true,
            nice: true,
            tickFormat: changeTick,
          },
          marks: [
            Plot.ruleY([0], { stroke: COLOURS.faint }),
            mark,
            Plot.line(curve, { x: 'variance', y: 'median', stroke: COLOURS.better, strokeWidth: 2.5 }),
            Plot.line(curve, { x: 'variance', y: 'worst', stroke: COLOURS.worse, strokeWidth: 2 }),
            dots(measured.median * 100, worst * 100),
            atEnd(end, 'median', 'median'),
            atEnd(end, 'worst', 'worst'),
          ],
        },
      },
      {
        width: 400,
        height: HEIGHT,
        options: {
          ...margins,
          marginRight: 20,
          x,
          y: { label: 'classes improved', labelArrow: 'none', grid: true, domain: [0, start.count] },
          marks: [
            mark,
            Plot.line(curve, {
              x: 'variance',
              y: 'improved',
              stroke: COLOURS.better,
              strokeWidth: 2.5,
              curve: 'step-after',
            }),
            dots(measured.improved),
          ],
        },
      },
    ],
    {
      title: 'What the start alone gives: the mean vector against an untrained output',
      subtitle: [
        'Nothing is trained here: the answer is always the mean of the seen words. The more the untrained output varies, the more it “improves”.',
        'Lines: if the untrained outputs of every class varied by the same amount. Dotted: the variance of this run, on average over its classes.',
        `Dots: this run, by the untrained loss of each class: median ${change(measured.median)}, worst ${change(worst)}, ${measured.improved} of ${start.count} improved.`,
      ],
      description: `The mean vector's relative change by the variance of the untrained output; in this run its median is ${change(measured.median)}.`,
    },
  );
}
