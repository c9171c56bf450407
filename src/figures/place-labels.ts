/**
 * Labels for a scatter plot that do not run over each other or over points: each in turn takes the first free place
 * around its point; one that finds none is left out, and its point stays.
 */
export interface LabelPoint {
  /** In pixels. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface PlacedLabel extends LabelPoint {
  /** Where the text begins or ends, and its middle line. */
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

/** Directions around a point: to the right, left, above, below, then the corners. */
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
 * @param points those whose labels matter most come first.
 * @param options.size font size in pixels; `area` what labels must stay inside.
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
    const width = point.text.length * size * 0.6;
    for (const [dx, dy, anchor] of PLACES) {
      const textX = point.x + dx;
      const textY = point.y + dy;
      const left = anchor === 'start' ? textX : anchor === 'end' ? textX - width : textX - width / 2;
      const box = { left, right: left + width, top: textY - size * 0.5, bottom: textY + size * 0.5 };
      const inside =
        box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom;
      if (!inside || taken.some((other, i) => i !== p && overlap(box, other))) continue;
      taken.push(box);
      placed.push({ ...point, textX, textY, anchor });
      break;
    }
  }
  return placed;
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
