/** Which part of the map is in sight: pure arithmetic between the map's units and pixels. */

/** The point of the map at the middle of the canvas, and pixels (CSS) per unit of the map. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Smallest rectangle around points. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** How far a view may zoom out and in, relative to the view of everything. */
const FARTHEST = 0.5;
const NEAREST = 400;
/** Space around the points, in pixels. */
const MARGIN = 48;

/**
 * The box around some points; places that are not finite are left out.
 * @param places [n, 2]
 * @param points default: all
 */
export function boxOf(places: Float32Array, points?: Iterable<number>): Box | null {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  const take = (i: number) => {
    const [x, y] = [places[i * 2], places[i * 2 + 1]];
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  };
  if (points) for (const i of points) take(i);
  else for (let i = 0; i < places.length / 2; i++) take(i);
  return left <= right ? { left, right, bottom, top } : null;
}

/** The view that just shows a box. @param most largest scale */
export function viewOf({ left, right, bottom, top }: Box, { width, height }: Size, most = Infinity): View {
  const across = Math.max(1, width - 2 * MARGIN) / Math.max(right - left, 1e-9);
  const down = Math.max(1, height - 2 * MARGIN) / Math.max(top - bottom, 1e-9);
  return { x: (left + right) / 2, y: (bottom + top) / 2, scale: Math.min(across, down, most) };
}

export const limited = (view: View, whole: View): View => ({
  ...view,
  scale: Math.min(whole.scale * NEAREST, Math.max(whole.scale * FARTHEST, view.scale)),
});

/** Pixel (from the top left of the canvas) → map. */
export const toMap = ({ x, y, scale }: View, { width, height }: Size, px: number, py: number) => ({
  x: x + (px - width / 2) / scale,
  y: y - (py - height / 2) / scale,
});

/** Map → pixel. */
export const toPixel = ({ x, y, scale }: View, { width, height }: Size, mx: number, my: number) => ({
  x: width / 2 + (mx - x) * scale,
  y: height / 2 - (my - y) * scale,
});

/** Zooms by a factor and keeps the point under the pixel where it is. */
export function zoomed(view: View, size: Size, factor: number, px: number, py: number, whole: View): View {
  const at = toMap(view, size, px, py);
  const { scale } = limited({ ...view, scale: view.scale * factor }, whole);
  return {
    x: at.x - (px - size.width / 2) / scale,
    y: at.y + (py - size.height / 2) / scale,
    scale,
  };
}

export const panned = (view: View, dx: number, dy: number): View => ({
  ...view,
  x: view.x - dx / view.scale,
  y: view.y + dy / view.scale,
});

/** A point on the way between two views; zoom changes by equal factors. @param t 0 to 1 */
export function between(from: View, to: View, t: number): View {
  const ease = t * t * (3 - 2 * t);
  const mix = (a: number, b: number) => a + (b - a) * ease;
  return { x: mix(from.x, to.x), y: mix(from.y, to.y), scale: from.scale * (to.scale / from.scale) ** ease };
}
