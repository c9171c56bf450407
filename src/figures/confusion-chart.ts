/** A heat map of the superclasses that images of held-out classes are taken for. */
import * as Plot from '@observablehq/plot';
import type { SuperclassConfusion } from '../statistics/confusion.js';
import { COLOURS } from '../util/figure-style.js';
import { counted, percent, shortName } from '../util/format.js';
import { drawFigure } from './document.js';

const CELL = 30;
/** Beyond this number of superclasses the table could not be read. */
export const MOST_SUPERCLASSES = 40;

/** Rows: the true superclass; columns: that of the nearest held-out word. The diagonal is framed. */
export function confusionFigure(confusion: SuperclassConfusion): string {
  const { superclasses, shares, chance, right, rightByChance, classes } = confusion;
  const names = superclasses.map((name) => shortName(name, 30));
  const cells = shares.flatMap((row, i) =>
    row.map((share, j) => ({ row: names[i], column: names[j], share, chance: chance[i][j], own: i === j })),
  );
  const longest = Math.max(...names.map((name) => name.length));
  const room = 20 + longest * 7.2;
  const band = { domain: names, label: null, tickSize: 0, padding: 0.06 };
  type Cell = (typeof cells)[number];
  const title = ({ row, column, share, chance: guess }: Cell) =>
    `${row} taken for ${column}: ${percent(share)}, guessing ${percent(guess)}`;
  return drawFigure(
    [
      {
        width: room + 24 + names.length * CELL,
        height: room + 12 + names.length * CELL,
        options: {
          ...{ marginLeft: room, marginRight: 24, marginTop: room, marginBottom: 12 },
          x: { ...band, axis: 'top', tickRotate: -90 },
          y: band,
          marks: [
            Plot.cell(cells, {
              ...{ x: 'column', y: 'row', fill: COLOURS.better, title },
              // Opacity, so that the page shows through in light and in dark mode; at most such that numbers stay legible.
              fillOpacity: ({ share }: Cell) => 0.03 + 0.6 * Math.sqrt(share),
            }),
            Plot.cell(
              cells.filter(({ own }) => own),
              { x: 'column', y: 'row', fill: 'none', stroke: COLOURS.ink, strokeWidth: 1.2 },
            ),
            Plot.text(
              cells.filter(({ share }) => share >= 0.005),
              {
                ...{
                  x: 'column',
                  y: 'row',
                  text: ({ share }: Cell) => (share * 100).toFixed(0),
                  fontSize: 11,
                },
                fill: COLOURS.ink,
                pointerEvents: 'none',
              },
            ),
          ],
        },
      },
    ],
    {
      title: 'What held-out images were taken for',
      subtitle: [
        'Row: superclass of the image; column: that of the nearest word among those held out with it.',
        'Numbers: % of the images of the row, from 0.5 on. Framed: the right superclass,',
        `${percent(right)} over ${counted(classes, 'class', 'classes')}; guessing gives ${percent(rightByChance)}.`,
      ],
      description: `Table of ${names.length} by ${names.length} superclasses; the right one in ${percent(right)}, by guessing in ${percent(rightByChance)}.`,
    },
  );
}
