/**
 * Draws one image of the shapes world: a varied background, clutter, the subject, sometimes a bar that occludes a part
 * of it, then lighting and noise. Edges are antialiased using signed distances.
 */
import type { Random } from '../../util/random.js';
import { anyPaint, contrasting, type Paint, shadeOf } from './colours.js';
import { length, type Outline, outline, TURN } from './outlines.js';
import { COLOURS, PATTERNS, type Pattern, type ShapeClass } from './vocabulary.js';

/** An object to paint, with its colour at each point and its extent. */
interface Layer {
  /** Centre in pixels; the object is within `reach` pixels of it. */
  readonly centre: readonly [number, number];
  readonly reach: number;
  /** Signed distance in pixels from the point (x, y) to the edge. */
  readonly distance: (x: number, y: number) => number;
  /** Writes the colour at the point of the last call of `distance` to `out`. */
  readonly colour: (out: Paint) => void;
  /** The object lies between two lines; pixels beyond them are not looked at. */
  readonly band?: Band;
}

/** The points less than `half` pixels away from a line through the layer's centre, given the line's unit normal. */
interface Band {
  readonly normal: readonly [number, number];
  readonly half: number;
}

/**
 * Draws one image of a class to `target`, uint8 [size, size, 3].
 * @param canvas float32 [size, size, 3], overwritten; can be reused for all images
 */
export function drawImage(
  subject: ShapeClass,
  size: number,
  random: Random,
  target: Uint8Array,
  canvas: Float32Array,
): void {
  const paints = subjectPaints(subject, random);
  const ground = contrasting(random, paints, 0.22);
  paintGround(canvas, size, ground, paints, random);
  const clutter = 1 + random.below(4);
  for (let i = 0; i < clutter; i++) paintLayer(canvas, size, strayMark(size, ground, random));
  const main = subjectLayer(subject, paints, size, random);
  paintLayer(canvas, size, main);
  if (random.uniform() < 0.35) paintLayer(canvas, size, occluder(main, random));
  develop(canvas, target, random);
}

const uniform = (random: Random, from: number, to: number): number => from + (to - from) * random.uniform();

/** One paint for a coloured subject; two contrasting paints for a patterned one. */
function subjectPaints({ attribute }: ShapeClass, random: Random): Paint[] {
  const colour = COLOURS.find((c) => c === attribute);
  if (colour) return [shadeOf(colour, random)];
  const first = shadeOf(COLOURS[random.below(COLOURS.length)], random);
  return [first, contrasting(random, [first], 0.4)];
}

/** Paints the background: a gradient between two colours, and soft patches. */
function paintGround(
  canvas: Float32Array,
  size: number,
  ground: Paint,
  paints: Paint[],
  random: Random,
): void {
  const end = contrasting(random, paints, 0.22);
  const strength = 0.6 * random.uniform();
  const angle = 2 * Math.PI * random.uniform();
  const [dx, dy] = [Math.cos(angle) / size, Math.sin(angle) / size];
  const patches = Float32Array.from({ length: 25 }, () => uniform(random, -0.1, 0.1));
  const [r0, g0, b0] = ground;
  const [r1, g1, b1] = [end[0] - r0, end[1] - g0, end[2] - b0];
  for (let y = 0, at = 0; y < size; y++) {
    // The patches are a bilinear lookup in a grid of 5 x 5, u and v in [0, 4).
    const v = (4 * y) / size;
    const j = Math.floor(v);
    const b = v - j;
    const down = (y - size / 2) * dy;
    for (let x = 0; x < size; x++, at += 3) {
      const mix = strength * Math.min(1, Math.max(0, 0.5 + (x - size / 2) * dx + down));
      const u = (4 * x) / size;
      const i = Math.floor(u);
      const a = u - i;
      const cell = j * 5 + i;
      const top = patches[cell] + a * (patches[cell + 1] - patches[cell]);
      const bottom = patches[cell + 5] + a * (patches[cell + 6] - patches[cell + 5]);
      const soft = top + b * (bottom - top);
      canvas[at] = r0 + mix * r1 + soft;
      canvas[at + 1] = g0 + mix * g1 + soft;
      canvas[at + 2] = b0 + mix * b1 + soft;
    }
  }
}

/** Clutter: a stroke or a blob with low contrast to the background. */
function strayMark(size: number, ground: Paint, random: Random): Layer {
  const centre: [number, number] = [size * random.uniform(), size * random.uniform()];
  const angle = Math.PI * random.uniform();
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const stroke = random.uniform() < 0.6;
  const long = size * (stroke ? uniform(random, 0.12, 0.5) : uniform(random, 0.04, 0.1));
  const thick = size * (stroke ? uniform(random, 0.012, 0.035) : uniform(random, 0.03, 0.08));
  const other = anyPaint(random);
  const faint = uniform(random, 0.25, 0.65);
  const paint = ground.map((value, c) => value + faint * (other[c] - value)) as Paint;
  const [cx, cy] = centre;
  return {
    centre,
    reach: long + thick,
    distance: (x, y) => {
      const u = (x - cx) * cos + (y - cy) * sin;
      const v = (y - cy) * cos - (x - cx) * sin;
      const beyond = Math.max(0, Math.abs(u) - long);
      return Math.sqrt(beyond * beyond + v * v) - thick;
    },
    colour: flat(paint),
    band: { normal: [-sin, cos], half: thick },
  };
}

/** The labelled shape at a random position, rotated, stretched, filled, and sometimes outlined. */
function subjectLayer(subject: ShapeClass, paints: Paint[], size: number, random: Random): Layer {
  const radius = size * uniform(random, 0.24, 0.42);
  const room = Math.max(0, size / 2 - 0.9 * radius);
  const centre: [number, number] = [
    size / 2 + room * uniform(random, -1, 1),
    size / 2 + room * uniform(random, -1, 1),
  ];
  const turn = TURN[subject.shape] * uniform(random, -1, 1);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const stretch = uniform(random, 0.88, 1.12);
  const shape: Outline = outline(subject.shape, random.uniform());
  const pattern = PATTERNS.find((p) => p === subject.attribute);
  const fill = pattern ? patternFill(pattern, paints, radius, random) : shadedFill(paints[0], random);
  const edge =
    random.uniform() < 0.25 ? { width: size * uniform(random, 0.02, 0.045), dark: 0.45 } : undefined;
  const [cx, cy] = centre;
  // The last point in the shape's own coordinates, u and v, and its distance.
  const last = new Float64Array(3);
  return {
    centre,
    reach: 1.3 * radius,
    distance: (x, y) => {
      const u = (((x - cx) * cos + (y - cy) * sin) / radius) * stretch;
      const v = ((y - cy) * cos - (x - cx) * sin) / radius / stretch;
      const distance = shape(u, v) * radius;
      last[0] = u;
      last[1] = v;
      last[2] = distance;
      return distance;
    },
    colour: (out) => {
      fill(last[0], last[1], out);
      if (!edge) return;
      const shade = 1 - edge.dark * coverage(-last[2] - edge.width);
      for (let c = 0; c < 3; c++) out[c] *= shade;
    },
  };
}

type Fill = (u: number, v: number, out: Paint) => void;

/** Fills with one colour that is lighter on one side than on the other. */
function shadedFill(paint: Paint, random: Random): Fill {
  const slope = uniform(random, 0, 0.14);
  const angle = 2 * Math.PI * random.uniform();
  const [du, dv] = [slope * Math.cos(angle), slope * Math.sin(angle)];
  return (u, v, out) => {
    const light = 1 + du * u + dv * v;
    for (let c = 0; c < 3; c++) out[c] = paint[c] * light;
  };
}

/** Fills with stripes, dots or squares of the second paint on the first. `radius`: of the shape, in pixels. */
function patternFill(pattern: Pattern, paints: Paint[], radius: number, random: Random): Fill {
  // The period is at least 4.5 pixels; otherwise a small image would show only the mean of both paints.
  const period = Math.max(4.5 / radius, uniform(random, 0.4, 0.62));
  const angle = pattern === 'striped' ? Math.PI * random.uniform() : uniform(random, -0.4, 0.4);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [startU, startV] = [random.uniform(), random.uniform()];
  const [ground, mark] = paints;
  /** Distance to the middle of the nearest line, in periods: 0 to 0.5. */
  const fold = (t: number) => Math.abs(t - Math.round(t));
  const pixels = period * radius;
  const amount = (a: number, b: number): number => {
    if (pattern === 'striped') return coverage((fold(a) - 0.25) * pixels);
    if (pattern === 'dotted') return coverage((length(fold(a), fold(b)) - 0.31) * pixels);
    // A period has two squares, so it is made longer.
    const one = coverage((fold(a * 0.75) - 0.25) * pixels * 1.33);
    const two = coverage((fold(b * 0.75) - 0.25) * pixels * 1.33);
    return one + two - 2 * one * two;
  };
  return (u, v, out) => {
    const share = amount((u * cos + v * sin) / period + startU, (v * cos - u * sin) / period + startV);
    for (let c = 0; c < 3; c++) out[c] = ground[c] + share * (mark[c] - ground[c]);
  };
}

/** A bar that occludes a strip at the side of the subject, never its centre. */
function occluder(subject: Layer, random: Random): Layer {
  const angle = 2 * Math.PI * random.uniform();
  const [nx, ny] = [Math.cos(angle), Math.sin(angle)];
  const offset = subject.reach * uniform(random, 0.35, 0.65);
  const half = subject.reach * uniform(random, 0.06, 0.14);
  const [cx, cy] = [subject.centre[0] + nx * offset, subject.centre[1] + ny * offset];
  return {
    centre: [cx, cy],
    reach: Number.POSITIVE_INFINITY,
    distance: (x, y) => Math.abs((x - cx) * nx + (y - cy) * ny) - half,
    colour: flat(anyPaint(random)),
    band: { normal: [nx, ny], half },
  };
}

function flat(paint: Paint): Layer['colour'] {
  return (out) => {
    out[0] = paint[0];
    out[1] = paint[1];
    out[2] = paint[2];
  };
}

/** The share of a pixel that is inside an edge, given its signed distance in pixels. */
const coverage = (distance: number): number => Math.min(1, Math.max(0, 0.5 - distance));

function paintLayer(canvas: Float32Array, size: number, layer: Layer): void {
  const [cx, cy] = layer.centre;
  const clip = (value: number) => Math.min(size, Math.max(0, value));
  const [top, bottom] = [clip(Math.floor(cy - layer.reach)), clip(Math.ceil(cy + layer.reach))];
  const [left, right] = [clip(Math.floor(cx - layer.reach)), clip(Math.ceil(cx + layer.reach))];
  const paint: Paint = [0, 0, 0];
  for (let y = top; y < bottom; y++) {
    let [from, to] = [left, right];
    if (layer.band) {
      const { normal, half } = layer.band;
      const [nx, ny] = normal;
      // Where the line crosses this row, and how far from there the coverage ends; one pixel more for rounding.
      const middle = cx - ((y + 0.5 - cy) * ny) / nx;
      const far = (half + 0.5) / Math.abs(nx) + 1;
      if (Number.isFinite(middle)) {
        from = Math.max(left, Math.floor(middle - far));
        to = Math.min(right, Math.ceil(middle + far));
      }
    }
    for (let x = from; x < to; x++) {
      const inside = 0.5 - layer.distance(x + 0.5, y + 0.5);
      if (inside <= 0) continue;
      const share = Math.min(1, inside);
      layer.colour(paint);
      const at = (y * size + x) * 3;
      for (let c = 0; c < 3; c++) canvas[at + c] += share * (paint[c] - canvas[at + c]);
    }
  }
}

/** The sum of two bytes minus its mean: a triangular distribution with standard deviation 104, scaled to 1. */
const BELL = Float64Array.from({ length: 511 }, (_, sum) => (sum - 255) / 104);

/** Applies brightness, contrast, tint and noise to the whole image, and converts it to bytes. */
function develop(canvas: Float32Array, target: Uint8Array, random: Random): void {
  const light = uniform(random, -0.06, 0.06);
  const contrast = uniform(random, 0.85, 1.08);
  const shift = [0, 1, 2].map(() => light + uniform(random, -0.03, 0.03));
  const noise = uniform(random, 0.01, 0.05);
  let state = random.uint32() | 1;
  for (let i = 0; i < target.length; ) {
    for (let c = 0; c < 3; c++, i++) {
      // Marsaglia's xorshift, seeded by one keyed draw: a keyed draw per pixel would cost more than drawing the image.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const bell = BELL[(state & 255) + ((state >>> 8) & 255)];
      const value = 0.5 + contrast * (canvas[i] - 0.5) + shift[c] + noise * bell;
      // Writing to a Uint8Array truncates; adding 0.5 makes it round.
      target[i] = Math.min(255, Math.max(0, 255 * value)) + 0.5;
    }
  }
}
