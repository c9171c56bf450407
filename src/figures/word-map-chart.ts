/** A map of words and of the mean outputs for classes that were held out. */
import * as Plot from '@observablehq/plot';
import type { MappedClass, WordMap } from '../statistics/word-map.js';
import { COLOURS } from '../util/figure-style.js';
import { counted, fixed, percent, shortName } from '../util/format.js';
import { ofClass } from './class-marks.js';
import { drawFigure } from './document.js';
import { labelMarks, pixelFrame, roomyDomain } from './pixel-frame.js';
import { placeLabels } from './place-labels.js';

const WIDTH = 900;
const MARGIN = { left: 12, right: 12, top: 12, bottom: 12 };
const LABEL = 10;

/** The first names of a list. */
const shortList = (names: readonly string[]) =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} …`;

/**
 * A hollow dot for each word, a filled dot for the mean output of a held-out class, and a line from one to the other. Both
 * axes have the same scale.
 */
export function wordMapFigure({ classes, explained, folds, otherFolds }: WordMap): string {
  const held = classes.flatMap((c) => (c.mean ? [{ ...c, mean: c.mean }] : []));
  const all = [...classes.map(({ word }) => word), ...held.map(({ mean }) => mean)];
  const x = roomyDomain(all.map(([first]) => first));
  const y = roomyDomain(all.map(([, second]) => second));
  const ratio = (y[1] - y[0]) / (x[1] - x[0]);
  const height = Math.round(Math.min(900, Math.max(300, ratio * WIDTH)));
  const frame = pixelFrame({ width: WIDTH, height }, MARGIN, { x, y });
  // Words of held-out classes are named first, outlying ones before others. Means are obstacles without a name.
  const apart = ({ word: [a, b] }: MappedClass) =>
    ((a - x[0]) / (x[1] - x[0]) - 0.5) ** 2 + ((b - y[0]) / (y[1] - y[0]) - 0.5) ** 2;
  const order = [...classes].sort(
    (a, b) => Number(b.mean !== null) - Number(a.mean !== null) || apart(b) - apart(a),
  );
  const at = ([a, b]: readonly [number, number], label: string, text: string) => ({
    x: frame.toX(a),
    y: frame.toY(b),
    class: label,
    text,
  });
  const placed = placeLabels(
    [
      ...order.map(({ word, label }) => at(word, label, shortName(label))),
      ...held.map(({ mean, label }) => at(mean, label, '')),
    ],
    { size: LABEL, area: frame.area },
  ).filter(({ text }) => text !== '');
  const unnamed = classes.length - placed.length;
  const title = ({ label, cosine }: MappedClass) =>
    shortName(label) + (cosine === null ? ' (seen in training)' : `: cosine ${fixed(cosine, 2)}`);
  const label = (c: MappedClass) => [c.label];
  const dots = { r: 3.5, strokeWidth: 1.5, title };
  return drawFigure(
    [
      {
        width: WIDTH,
        height,
        options: {
          ...{ marginLeft: MARGIN.left, marginRight: MARGIN.right },
          ...{ marginTop: MARGIN.top, marginBottom: MARGIN.bottom },
          x: { axis: null, domain: x },
          y: { axis: null, domain: y },
          marks: [
            Plot.frame({ stroke: COLOURS.rule }),
            Plot.link(held, {
              ...{ x1: (c) => c.word[0], y1: (c) => c.word[1], x2: (c) => c.mean[0], y2: (c) => c.mean[1] },
              ...{ stroke: COLOURS.behind, strokeOpacity: 0.7, ...ofClass(held, label) },
            }),
            Plot.dot(classes, {
              ...{ x: (c: MappedClass) => c.word[0], y: (c: MappedClass) => c.word[1], ...dots },
              stroke: (c: MappedClass) => (c.mean ? COLOURS.ink : COLOURS.rule),
              fill: COLOURS.page,
              ...ofClass(classes, label),
            }),
            Plot.dot(held, {
              ...{ x: (c) => c.mean[0], y: (c) => c.mean[1], ...dots },
              ...{ stroke: COLOURS.page, fill: COLOURS.better, ...ofClass(held, label) },
            }),
            ...labelMarks(placed, frame, LABEL),
          ],
        },
      },
    ],
    {
      title: 'Words, and where the images of held-out classes were placed',
      subtitle: [
        `Hollow: a word${held.length < classes.length ? ' (pale: seen in training)' : ''}; filled: the mean output for the test images of its class, which was held out; the line joins both.`,
        `The two axes show ${percent(explained, 0)} of the variance (principal components): points that are near here may be far apart in other dimensions.`,
        ...(otherFolds > 0
          ? [`Of ${counted(folds.length, 'fold')} (${shortList(folds)}); ${otherFolds} more are not shown.`]
          : []),
        ...(unnamed > 0
          ? [`${unnamed} of ${counted(classes.length, 'word')} stand too close together to be named.`]
          : []),
      ],
      description: `Map of ${counted(classes.length, 'word')} and ${counted(held.length, 'class mean')}.`,
    },
  );
}
