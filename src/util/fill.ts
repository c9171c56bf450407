/**
 * Fills large arrays with random numbers, fast: the same Threefry-2x32-20 as in random.ts, unrolled and without an
 * allocation per draw. Pair i of the array is a pure function of (key, i).
 */

import type { Key } from './random.js';

const TWO_PI_OVER_2_32 = (2 * Math.PI) / 2 ** 32;

/** Fills an array with draws from N(0, deviation^2), by Box-Muller, using both of its values. */
export function fillNormal(out: Float32Array, key: Key, deviation: number): void {
  fillPairs(out, key, 2, (a, b, write) => {
    const radius = deviation * Math.sqrt(-2 * Math.log((a + 1) / 2 ** 32));
    write(radius * Math.cos(b * TWO_PI_OVER_2_32), radius * Math.sin(b * TWO_PI_OVER_2_32));
  });
}

/** Fills an array with uniform draws from [-bound, bound). */
export function fillUniform(out: Float32Array, key: Key, bound: number): void {
  const scale = bound / 2 ** 31;
  fillPairs(out, key, 3, (a, b, write) => write(a * scale - bound, b * scale - bound));
}

type Convert = (a: number, b: number, write: (first: number, second: number) => void) => void;

/** `stream` separates normals, uniforms and the draws of random.ts (streams 0 and 1) under the same key. */
function fillPairs(out: Float32Array, key: Key, stream: number, convert: Convert): void {
  const k0 = key[0] | 0;
  const k1 = key[1] | 0;
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let at = 0;
  const write = (first: number, second: number) => {
    out[at] = first;
    // In an array of odd length, the last write is out of bounds and has no effect.
    out[at + 1] = second;
  };
  for (; at < out.length; at += 2) {
    let x0 = ((at >>> 1) + k0) | 0;
    let x1 = (stream + k1) | 0;
    for (let block = 0; block < 5; block++) {
      const odd = (block & 1) === 1;
      x0 = (x0 + x1) | 0;
      x1 = (odd ? (x1 << 17) | (x1 >>> 15) : (x1 << 13) | (x1 >>> 19)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = (odd ? (x1 << 29) | (x1 >>> 3) : (x1 << 15) | (x1 >>> 17)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = (odd ? (x1 << 16) | (x1 >>> 16) : (x1 << 26) | (x1 >>> 6)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = (odd ? (x1 << 24) | (x1 >>> 8) : (x1 << 6) | (x1 >>> 26)) ^ x0;
      const phase = (block + 1) % 3;
      x0 = (x0 + (phase === 0 ? k0 : phase === 1 ? k1 : k2)) | 0;
      x1 = (x1 + (phase === 0 ? k1 : phase === 1 ? k2 : k0) + block + 1) | 0;
    }
    convert(x0 >>> 0, x1 >>> 0, write);
  }
}
