/** The poster's figure 2: held-out loss per epoch, with median and quartiles over the held-out classes. */
import * as Plot from '@observablehq/plot';
import { median } from 'simple-statistics';
import { type ClassCurve, type CurveValue, quartileBands, quartileCurves } from '../statistics/curves.js';
import type { Summary } from '../statistics/summary.js';
import { COLOURS } from '../util/figure-style.js';
import { counted, shortName } from '../util/format.js';
import { ofClass } from './class-marks.js';
import { drawFigure } from './document.js';
import { changeTick } from './ticks.js';

const WIDTH = 780;
const HEIGHT = 400;
const TOP = 24;
const BOTTOM = 44;
/** Distance of two labels in pixels: the height of a line. */
const LINE = 16;

/**
 * Draws the median as a line, the quartiles as a band and, dashed, the classes that rank 25th and 75th of 100
 * (or at the same quantiles) after the last epoch. With fewer than four classes it draws the curve of each
 * class.
 * @param value `loss`: MSE, as in the poster. `relative`: change relative to the untrained network.
 */
export function figure2(summary: Summary, curves: readonly ClassCurve[], value: CurveValue = 'loss'): string {
  const asPercent = value === 'relative';
  const scale = asPercent ? 100 : 1;
  const bands = quartileBands(curves, value);
  const named: { rank: number | null; curve: ClassCurve }[] =
    curves.length < 4 ? curves.map((curve) => ({ rank: null, curve })) : quartileCurves(curves, value);
  const points = named.flatMap(({ curve }) =>
    curve.epochs.map((epoch, i) => ({
      epoch,
      y: curve[value][i] * scale,
      name: `${curve.fold}/${curve.class}`,
      label: curve.label,
    })),
  );
  const last = Math.max(...bands.map((band) => band.epoch), 1);
  const reference = median(
    summary.classes.map((c) => (asPercent ? c.meanVectorChange.initial : c.meanVectorLoss)),
  );
  const band = bands.map((b) => ({
    epoch: b.epoch,
    low: b.low * scale,
    mid: b.median * scale,
    high: b.high * scale,
  }));
  const end = band.at(-1);
  const values = [...band.flatMap((b) => [b.low, b.high]), ...points.map((p) => p.y), reference * scale];
  const y = niceScale([...values, ...(asPercent ? [0] : [])]);
  const labels = spread(
    [
      ...named.map(({ rank, curve }) => ({
        y: curve[value].at(-1)! * scale,
        text: shortName(curve.label) + (rank === null ? '' : ` (#${rank} of ${curves.length})`),
        colour: COLOURS.ink,
        classes: [curve.label],
      })),
      ...(curves.length >= 4 && end
        ? [{ y: end.mid, text: 'median', colour: COLOURS.better, classes: [] }]
        : []),
      { y: reference * scale, text: 'mean-vector answer', colour: COLOURS.control, classes: [] },
    ],
    y,
  );
  const many = curves.length >= 4;
  return drawFigure(
    [
      {
        width: WIDTH,
        height: HEIGHT,
        options: {
          marginLeft: 64,
          marginRight: 236,
          marginBottom: BOTTOM,
          marginTop: TOP,
          x: {
            label: 'epoch (0 = untrained)',
            domain: [0, last],
            ticks: epochTicks(last),
            tickFormat: 'd',
            labelAnchor: 'center',
            labelArrow: 'none',
          },
          y: {
            label: asPercent ? 'change of held-out loss against epoch 0, %' : 'held-out loss (MSE)',
            grid: true,
            labelArrow: 'none',
            domain: y,
            ticks: 8,
            tickFormat: asPercent ? changeTick : undefined,
          },
          marks: [
            many
              ? Plot.areaY(band, {
                  x: 'epoch',
                  y1: 'low',
                  y2: 'high',
                  fill: COLOURS.better,
                  fillOpacity: 0.18,
                })
              : null,
            asPercent ? Plot.ruleY([0], { stroke: COLOURS.faint }) : null,
            Plot.ruleY([reference * scale], {
              stroke: COLOURS.control,
              strokeDasharray: '2,3',
              strokeWidth: 1.5,
            }),
            Plot.line(points, {
              x: 'epoch',
              y: 'y',
              z: 'name',
              stroke: COLOURS.ink,
              strokeDasharray: '6,4',
              ...ofClass(points, ({ label }) => [label]),
            }),
            many ? Plot.line(band, { x: 'epoch', y: 'mid', stroke: COLOURS.better, strokeWidth: 2.5 }) : null,
            // End labels are placed beside the line ends and moved apart where they would touch.
            Plot.text(labels, {
              x: last,
              y: 'at',
              text: 'text',
              fill: (label: EndLabel) => label.colour,
              textAnchor: 'start',
              dx: 8,
              ...ofClass(labels, ({ classes }) => classes),
              fontSize: 12,
            }),
          ],
        },
      },
    ],
    {
      title: asPercent ? 'Held-out loss against epoch, relative to its start' : 'Held-out loss against epoch',
      subtitle: [
        many
          ? `Solid: median of ${curves.length} held-out classes; band: quartiles; dashed: the classes at the quartiles at the end.`
          : `Dashed: ${curves.length === 1 ? 'the held-out class' : `each of the ${curves.length} held-out classes`}.`,
        'Dotted: the median loss of always answering the mean of the seen words, without looking at the image.',
        ...earlyText(curves, last, summary.run.config.keepBest === true),
      ],
      description: `Line chart over ${counted(last, 'epoch')} of the loss of classes held out of training.`,
    },
  );
}

/** What readers must know of folds of unequal length, and of weights that are not the last ones. */
function earlyText(curves: readonly ClassCurve[], last: number, keepBest: boolean): string[] {
  const stopped = curves.filter(({ trained }) => trained < last).length;
  return [
    ...(stopped > 0
      ? [
          `For ${stopped} of ${counted(curves.length, 'class', 'classes')} training stopped earlier; the loss of the weights that were kept goes on.`,
        ]
      : []),
    ...(keepBest
      ? ['The results are not of the last epoch, but of the epoch with the lowest validation loss.']
      : []),
  ];
}

interface EndLabel {
  y: number;
  at: number;
  text: string;
  colour: string;
  /** The class that it names, if any. */
  classes: readonly string[];
}

/** The range of a linear axis that ends on ticks. */
function niceScale(values: readonly number[]): [low: number, high: number] {
  const domain = [Math.min(...values), Math.max(...values)];
  const [low, high] = Plot.scale({ y: { type: 'linear', domain, nice: 8 } }).domain as Iterable<number>;
  return [low, high];
}

/** Moves labels apart to at least the height of a line, keeping their order and staying within the axis. */
function spread(
  labels: readonly Omit<EndLabel, 'at'>[],
  [low, high]: readonly [low: number, high: number],
): EndLabel[] {
  const gap = ((high - low) * LINE) / (HEIGHT - TOP - BOTTOM);
  const sorted = [...labels].sort((a, b) => a.y - b.y).map((label) => ({ ...label, at: label.y }));
  // Each pass moves touching neighbours apart by half of the missing distance each.
  for (let pass = 0; pass < 100; pass++) {
    for (let i = 1; i < sorted.length; i++) {
      const missing = gap - (sorted[i].at - sorted[i - 1].at);
      if (missing <= 0) continue;
      sorted[i].at += missing / 2;
      sorted[i - 1].at -= missing / 2;
    }
  }
  // Labels that were moved beyond an end of the axis move back, and push their neighbours.
  sorted.forEach((label, i) => {
    label.at = Math.max(label.at, low + i * gap);
  });
  sorted.reverse().forEach((label, i) => {
    label.at = Math.min(label.at, high - i * gap);
  });
  return sorted;
}

function epochTicks(last: number): number[] {
  const step = [1, 2, 5, 10, 20, 25, 50, 100].find((s) => last / s <= 10) ?? Math.ceil(last / 10);
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}
