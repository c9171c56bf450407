/**
 * Places labels in a scatter plot so that they overlap neither each other nor points. Each label takes the
 * first free position around its point; if there is none, it is omitted.
 */
import { textWidth } from './text-width.js';

export interface LabelPoint {
  /** Coordinates in pixels. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
  /** The class that it names, for `data-class`. */
  readonly class?: string;
}

export interface PlacedLabel extends LabelPoint {
  /** x of the text's anchor, and y of its middle line. */
  readonly textX: number;
  readonly textY: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Distance in pixels that a label keeps from other labels and points. */
const ROOM = 2;

/** Positions around a point: right, left, above, below, then the corners. */
const PLACES: readonly (readonly [number, number, PlacedLabel['anchor']])[] = [
  [7, 0, 'start'],
  [-7, 0, 'end'],
  [0, -9, 'middle'],
  [0, 9, 'middle'],
  [6, -8, 'start'],
  [6, 8, 'start'],
  [-6, -8, 'end'],
  [-6, 8, 'end'],
  [5, -6, 'start'],
  [5, 6, 'start'],
  [-5, -6, 'end'],
  [-5, 6, 'end'],
];

/**
 * @param points in order of priority, most important label first
 * @param options.size font size in pixels; `area` is the rectangle that must contain the labels
 */
export function placeLabels(
  points: readonly LabelPoint[],
  options: { readonly size: number; readonly area: Box },
): PlacedLabel[] {
  const { size, area } = options;
  const taken: Box[] = points.map(({ x, y }) => ({
    left: x - 3.5,
    right: x + 3.5,
    top: y - 3.5,
    bottom: y + 3.5,
  }));
  const placed: PlacedLabel[] = [];
  for (const [p, point] of points.entries()) {
    const width = textWidth(point.text, { size });
    for (const [dx, dy, anchor] of PLACES) {
      const textX = point.x + dx;
      const textY = point.y + dy;
      const left = anchor === 'start' ? textX : anchor === 'end' ? textX - width : textX - width / 2;
      const box = { left, right: left + width, top: textY - size * 0.5, bottom: textY + size * 0.5 };
      const inside =
        box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom;
      if (!inside || taken.some((other, i) => i !== p && overlap(box, other, ROOM))) continue;
      taken.push(box);
      placed.push({ ...point, textX, textY, anchor });
      break;
    }
  }
  return placed;
}

function overlap(a: Box, b: Box, room: number): boolean {
  return (
    a.left < b.right + room && b.left < a.right + room && a.top < b.bottom + room && b.top < a.bottom + room
  );
}
