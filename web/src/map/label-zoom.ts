/**
 * From which zoom on each word's label is shown without covering another. It depends on places alone and is computed once for
 * a map; drawing a frame then compares two numbers on the GPU.
 */
import { toPixel, type View } from './view.js';

export interface LabelBox {
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** Zoom levels, as factors of the view of everything. */
const LEVELS = Array.from({ length: 24 }, (_, i) => 1.3 ** i);

/**
 * @param places [n, 2], whose first points are the words
 * @param order of words: earlier ones are shown first
 * @returns float32 [labels]: factor of the scale of `whole`; infinite if it is never shown
 */
export function labelZooms(
  places: Float32Array,
  labels: readonly LabelBox[],
  order: readonly number[],
  whole: View,
): Float32Array {
  const zooms = new Float32Array(labels.length).fill(Number.POSITIVE_INFINITY);
  for (const level of LEVELS) {
    const view = { ...whole, scale: whole.scale * level };
    const at = (i: number) => toPixel(view, { width: 0, height: 0 }, places[i * 2], places[i * 2 + 1]);
    // Those shown already come first, so that a label never disappears on the way in.
    const candidates = [
      ...order.filter((i) => zooms[i] < level),
      ...order.filter((i) => !(zooms[i] < level)),
    ];
    const shown: number[] = [];
    for (const i of candidates) {
      const { x, y } = at(i);
      const covers = shown.some((j) => {
        const other = at(j);
        return (
          Math.abs(other.x - x) < (labels[i].width + labels[j].width) / 2 &&
          Math.abs(other.y - y) < (labels[i].height + labels[j].height) / 2
        );
      });
      if (covers) continue;
      shown.push(i);
      zooms[i] = Math.min(zooms[i], level);
    }
  }
  zooms.forEach((zoom, i) => {
    if (zoom === 1) zooms[i] = 0;
  });
  return zooms;
}
