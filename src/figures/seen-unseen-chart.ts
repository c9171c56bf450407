/**
 * Accuracy on seen against unseen classes for all values of the calibration constant; the area under the
 * curve is AUSUC.
 */
import * as Plot from '@observablehq/plot';
import type { GeneralisedSummary } from '../statistics/zero-shot/generalised-summary.js';
import { COLOURS } from '../util/figure-style.js';
import { fixed, percent } from '../util/format.js';
import { drawFigure, type Panel } from './document.js';

const WIDTH = 620;
const LEGEND_WIDTH = 370;
const HEIGHT = 430;
/** With more folds than this, their curves would hide the joint curve. */
const FOLDS_DRAWN = 10;

interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * Draws the joint curve of all folds, the curve of each fold behind it, and the references without transfer.
 */
export function seenUnseenFigure(generalised: GeneralisedSummary): string {
  const { plain, best, chance, folds } = generalised;
  const places = (points: readonly { seen: number; unseen: number }[]): Place[] =>
    points.map((point) => ({ x: point.unseen * 100, y: point.seen * 100 }));
  const own = places(generalised.curve);
  const permuted = places(generalised.permutedCurve);
  const random = places([
    { seen: chance.seen, unseen: 0 },
    { seen: 0, unseen: chance.unseen },
  ]);
  const each =
    folds.length > 1 && folds.length <= FOLDS_DRAWN
      ? folds.flatMap(({ fold, curve }) => places(curve).map((place) => ({ ...place, fold })))
      : [];
  const marked = [
    { ...places([plain])[0], filled: true },
    { ...places([best])[0], filled: false },
  ];
  const right = Math.max(...[...own, ...permuted, ...random, ...each].map(({ x }) => x));
  const top = Math.max(...[...own, ...random, ...each].map(({ y }) => y));
  const permutedArea = generalised.permutationNull
    ? `, area ${fixed(generalised.permutationNull.ausuc.mean, 4)}`
    : '';
  const legend: LegendLine[] = [
    {
      text: `this run, area ${fixed(generalised.ausuc, 4)}`,
      colour: COLOURS.better,
      dash: 'none',
      width: 2.5,
    },
    ...(each.length > 0
      ? [{ text: 'each fold by itself', colour: COLOURS.behind, dash: 'none', width: 1 }]
      : []),
    {
      text: `unseen names permuted${permutedArea}`,
      colour: COLOURS.control,
      dash: '5,3',
      width: 1.5,
    },
    { text: `guessing, area ${fixed(chance.ausuc, 4)}`, colour: COLOURS.worse, dash: '2,3', width: 1.5 },
    { text: 'without a constant', dot: COLOURS.ink },
    { text: `with the best constant: harmonic mean ${percent(best.harmonic)}`, dot: COLOURS.page },
  ];
  return drawFigure(
    [
      {
        width: WIDTH,
        height: HEIGHT,
        options: {
          marginLeft: 56,
          marginRight: 20,
          marginBottom: 46,
          marginTop: 28,
          x: {
            label: 'accuracy on unseen classes, % (all labels as answers)',
            domain: [0, right * 1.04],
            labelAnchor: 'center',
            labelArrow: 'none',
            grid: true,
          },
          y: {
            label: 'accuracy on seen classes, %',
            domain: [0, top * 1.08],
            labelArrow: 'none',
            grid: true,
          },
          marks: [
            // With y alone, Plot stacks the points that have one x.
            Plot.areaY(own, { x: 'x', y1: 0, y2: 'y', fill: COLOURS.better, fillOpacity: 0.08 }),
            Plot.line(each, { x: 'x', y: 'y', z: 'fold', stroke: COLOURS.behind, strokeWidth: 1 }),
            Plot.line(permuted, {
              x: 'x',
              y: 'y',
              stroke: COLOURS.control,
              strokeWidth: 1.5,
              strokeDasharray: '5,3',
            }),
            Plot.line(random, {
              x: 'x',
              y: 'y',
              stroke: COLOURS.worse,
              strokeWidth: 1.5,
              strokeDasharray: '2,3',
            }),
            Plot.line(own, { x: 'x', y: 'y', stroke: COLOURS.better, strokeWidth: 2.5 }),
            Plot.ruleX([0], { stroke: COLOURS.faint }),
            Plot.ruleY([0], { stroke: COLOURS.faint }),
            Plot.dot(marked, {
              x: 'x',
              y: 'y',
              r: 5,
              stroke: COLOURS.ink,
              fill: (mark: { filled: boolean }) => (mark.filled ? COLOURS.ink : COLOURS.page),
              strokeWidth: 1.5,
            }),
          ],
        },
      },
      legendPanel(legend),
    ],
    {
      title: 'Seen and unseen classes answered from one list of labels',
      subtitle: [
        'Each point: one constant taken from the scores of the seen labels. Top left: none but seen labels are answered;',
        'bottom right: none but unseen ones. The greater the area, the better. The best constant is chosen on these very images.',
      ],
      description: `Accuracy on seen against unseen classes; area ${fixed(generalised.ausuc, 4)}.`,
    },
  );
}

/** A text with its sample: a line, or a dot with this fill. */
type LegendLine = { readonly text: string } & (
  | { readonly colour: string; readonly dash: string; readonly width: number }
  | { readonly dot: string }
);

/**
 * The legend is a panel beside the plot, because curves of good runs use the corner that poor ones leave
 * free.
 */
function legendPanel(lines: readonly LegendLine[]): Panel {
  const placed = lines.map((line, i) => ({ ...line, y: i }));
  return {
    width: LEGEND_WIDTH,
    height: HEIGHT,
    options: {
      marginLeft: 8,
      marginRight: 8,
      marginTop: 40,
      marginBottom: HEIGHT - 40 - placed.length * 24,
      x: { axis: null, domain: [0, 10] },
      y: { axis: null, domain: [placed.length - 1, 0] },
      marks: placed.flatMap((line) => [
        'dot' in line
          ? Plot.dot([line], { x: 0.5, y: 'y', r: 5, stroke: COLOURS.ink, fill: line.dot, strokeWidth: 1.5 })
          : Plot.ruleY([line.y], {
              x1: 0,
              x2: 1,
              stroke: line.colour,
              strokeWidth: line.width,
              strokeDasharray: line.dash,
            }),
        Plot.text([line], {
          x: 1.5,
          y: 'y',
          text: 'text',
          fill: COLOURS.ink,
          textAnchor: 'start',
          fontSize: 12,
        }),
      ]),
    },
  };
}
