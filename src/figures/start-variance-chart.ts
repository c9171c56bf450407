/**
 * The poster's headline number without training: the result of the mean vector by the variance of the
 * untrained output.
 */
import * as Plot from '@observablehq/plot';
import { type StartPoint, type StartVariance, startPoint } from '../statistics/evidence/start-variance.js';
import { change, fixed } from '../util/format.js';
import { COLOURS, drawFigure } from './document.js';

const HEIGHT = 340;

/**
 * Left: median and worst relative change. Right: number of improved classes. Both mark this run's variance.
 * @param entries Lz and Lm of each held-out class, for the values at the mark
 */
export function startVarianceFigure(
  start: StartVariance,
  entries: readonly { readonly zeroLoss: number; readonly meanVectorLoss: number }[],
): string {
  const own = startPoint(entries, start.own);
  const curve = start.curve.map((p) => ({ ...p, median: p.median * 100, worst: p.worst * 100 }));
  const end = curve.at(-1)!;
  const signed = (v: number) => (v > 0 ? `+${v}` : String(v).replace('-', '−'));
  const x = {
    label: 'variance of the untrained output, about zero',
    labelAnchor: 'center' as const,
    labelArrow: 'none' as const,
  };
  const mark = Plot.ruleX([start.own], { stroke: COLOURS.control, strokeWidth: 2, strokeDasharray: '2,3' });
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
            tickFormat: signed,
          },
          marks: [
            Plot.ruleY([0], { stroke: COLOURS.faint }),
            mark,
            Plot.line(curve, { x: 'variance', y: 'median', stroke: COLOURS.better, strokeWidth: 2.5 }),
            Plot.line(curve, { x: 'variance', y: 'worst', stroke: COLOURS.worse, strokeWidth: 2 }),
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
          ],
        },
      },
    ],
    {
      title: 'What the start alone gives: the mean vector against an untrained output',
      subtitle: [
        'Nothing is trained here: the answer is always the mean of the seen words. The more the untrained output varies,',
        `the more it “improves”. Dashed: this run’s variance, ${fixed(start.own, 3)}: median ${change(own.median)}, ${own.improved} of ${start.count} improved, worst ${change(own.worst)}.`,
      ],
      description: `At variance ${fixed(start.own, 3)} the mean vector's median relative change is ${change(own.median)}.`,
    },
  );
}
