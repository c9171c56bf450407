/** The appearance of the colour words: ranges of hue, saturation and value, so that each colour has many shades. */
import type { Random } from '../../util/random.js';
import type { Colour } from './vocabulary.js';

/** Red, green, blue in 0..1. */
export type Paint = [number, number, number];

interface Range {
  /** Degrees. */
  readonly hue: readonly [number, number];
  readonly saturation: readonly [number, number];
  readonly value: readonly [number, number];
}

const RANGES: Record<Colour, Range> = {
  red: { hue: [-10, 6], saturation: [0.8, 1], value: [0.65, 0.95] },
  orange: { hue: [22, 34], saturation: [0.85, 1], value: [0.9, 1] },
  yellow: { hue: [50, 62], saturation: [0.75, 1], value: [0.88, 1] },
  green: { hue: [95, 150], saturation: [0.6, 1], value: [0.4, 0.85] },
  blue: { hue: [205, 238], saturation: [0.7, 1], value: [0.5, 1] },
  purple: { hue: [268, 292], saturation: [0.6, 1], value: [0.4, 0.8] },
  pink: { hue: [325, 348], saturation: [0.3, 0.55], value: [0.92, 1] },
  brown: { hue: [18, 32], saturation: [0.6, 0.85], value: [0.3, 0.5] },
  black: { hue: [0, 360], saturation: [0, 0.3], value: [0, 0.13] },
  white: { hue: [0, 360], saturation: [0, 0.05], value: [0.94, 1] },
  grey: { hue: [0, 360], saturation: [0, 0.06], value: [0.4, 0.65] },
};

const between = (random: Random, [from, to]: readonly [number, number]): number =>
  from + (to - from) * random.uniform();

/** Draws a shade of a colour. */
export function shadeOf(colour: Colour, random: Random): Paint {
  const { hue, saturation, value } = RANGES[colour];
  return fromHsv(between(random, hue), between(random, saturation), between(random, value));
}

/** Draws any colour, more often pale or dark than saturated, for everything except the subject. */
export function anyPaint(random: Random): Paint {
  return fromHsv(360 * random.uniform(), 0.75 * random.uniform() ** 1.5, 0.1 + 0.85 * random.uniform());
}

/** Draws paints until one differs from `others` by at least `contrast` (0..1); after 12 tries, returns the best. */
export function contrasting(random: Random, others: readonly Paint[], contrast: number): Paint {
  let best = anyPaint(random);
  for (let i = 0; i < 12 && nearest(best, others) < contrast; i++) {
    const paint = anyPaint(random);
    if (nearest(paint, others) > nearest(best, others)) best = paint;
  }
  return best;
}

const nearest = (paint: Paint, others: readonly Paint[]): number =>
  Math.min(...others.map((other) => distance(paint, other)));

/** Weighted RGB distance with the highest weight on green, as for brightness; the distance of black to white is 1. */
function distance(a: Paint, b: Paint): number {
  return Math.sqrt(0.3 * (a[0] - b[0]) ** 2 + 0.5 * (a[1] - b[1]) ** 2 + 0.2 * (a[2] - b[2]) ** 2);
}

/** @param hue in degrees, any */
function fromHsv(hue: number, saturation: number, value: number): Paint {
  const channel = (offset: number) => {
    const k = (((offset + hue / 60) % 6) + 6) % 6;
    return value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}
