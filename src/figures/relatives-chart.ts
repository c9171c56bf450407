/** Scatter plots of why classes differ: a class's result against the cosine to its nearest seen label. */
import * as Plot from '@observablehq/plot';
import type { Relatives, WhyClassesDiffer } from '../statistics/evidence/relatives.js';
import { COLOURS } from '../util/figure-style.js';
import { counted, fixed, pValue, shortName } from '../util/format.js';
import { ofClass } from './class-marks.js';
import { drawFigure } from './document.js';
import { labelMarks, pixelFrame, roomyDomain } from './pixel-frame.js';
import { placeLabels } from './place-labels.js';
import { numberTick } from './ticks.js';

const WIDTH = 940;
const HEIGHT = 760;
const MARGIN = { left: 60, right: 24, top: 34, bottom: 46 };
const LABEL = 9;

const KINDS = {
  gain: {
    title: 'Gain of loss against the nearest seen word',
    axis: 'gain: fall of the held-out loss, % of the untrained',
    of: (c: Relatives) => c.gain * 100,
    note: 'Beware: the mean vector gains more on such classes too, without an image (see the table).',
  },
  centredCosine: {
    title: 'Direction against the nearest seen word',
    axis: 'centred cosine of the mean output with the word',
    of: (c: Relatives) => c.centredCosine,
    note: 'Free of the mean vector: it has no direction here.',
  },
} as const;

/**
 * Filled dots are one-word labels. Hollow dots are multi-word labels, whose vectors may share a word with a
 * related label.
 */
export function relativesFigure(why: WhyClassesDiffer, kind: keyof typeof KINDS): string {
  const { title, axis, of, note } = KINDS[kind];
  const { classes } = why;
  const found = why.correlations.find((row) => row.outcome === kind && row.predictor === 'nearest');
  const points = classes.map((c) => ({ c, x: c.nearest, y: of(c) }));
  const x = roomyDomain(points.map((p) => p.x));
  const y = roomyDomain([...points.map((p) => p.y), 0]);
  const frame = pixelFrame({ width: WIDTH, height: HEIGHT }, MARGIN, { x, y });
  // Outlying points are labelled first.
  const middle = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
  const apart = (p: { x: number; y: number }) =>
    ((p.x - middle[0]) / (x[1] - x[0])) ** 2 + ((p.y - middle[1]) / (y[1] - y[0])) ** 2;
  const labels = placeLabels(
    [...points]
      .sort((a, b) => apart(b) - apart(a))
      .map((p) => ({ x: frame.toX(p.x), y: frame.toY(p.y), text: shortName(p.c.label), class: p.c.label })),
    { size: LABEL, area: frame.area },
  );
  const correlation = found?.all
    ? `Spearman ρ = ${fixed(found.all.rho, 2)}${found.all.interval ? ` (95 % ${fixed(found.all.interval.low, 2)} to ${fixed(found.all.interval.high, 2)})` : ''}, p ${sign(found.all.p)}, ${found.all.n} classes` +
      (found.singleWord
        ? `; without labels of several words ρ = ${fixed(found.singleWord.rho, 2)}, p ${sign(found.singleWord.p)}, ${found.singleWord.n} classes.`
        : '.')
    : 'Too few classes for a correlation.';
  const unnamed = points.length - labels.length;
  return drawFigure(
    [
      {
        width: WIDTH,
        height: HEIGHT,
        options: {
          marginLeft: MARGIN.left,
          marginRight: MARGIN.right,
          marginTop: MARGIN.top,
          marginBottom: MARGIN.bottom,
          x: {
            domain: x,
            label: 'cosine of the class’s word with the nearest seen label’s',
            labelAnchor: 'center',
            labelArrow: 'none',
            tickFormat: numberTick,
          },
          y: { domain: y, label: axis, labelArrow: 'none', grid: true, ticks: 9, tickFormat: numberTick },
          marks: [
            Plot.ruleY([0], { stroke: COLOURS.faint }),
            Plot.dot(points, {
              x: 'x',
              y: 'y',
              r: 3.5,
              title: ({ c, y: value }: { c: Relatives; y: number }) =>
                `${shortName(c.label)}: ${fixed(value, 2)}`,
              ...ofClass(points, ({ c }) => [c.label]),
              stroke: COLOURS.better,
              strokeWidth: 1.5,
              fill: (p: { c: Relatives }) => (p.c.multiWord ? COLOURS.page : COLOURS.better),
            }),
            ...labelMarks(labels, frame, LABEL),
          ],
        },
      },
    ],
    {
      title,
      subtitle: [
        correlation,
        `Filled: labels of one word; hollow: of several. ${note}`,
        ...(unnamed > 0
          ? [
              `${unnamed} of ${points.length} points stand too close together to be named; the table of classes has them all.`,
            ]
          : []),
      ],
      description: `Scatter plot of ${counted(points.length, 'class', 'classes')}. ${correlation}`,
    },
  );
}

const sign = (p: number) => (p < 0.001 ? '< 0.001' : `= ${pValue(p)}`);
