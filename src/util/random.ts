/**
 * Counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011). A draw is a pure function of (key, counter), so a run that is killed and resumed, or
 * split into shards, draws the same numbers as an uninterrupted one. kernels/random.h is the same generator in C++.
 */

/** Two 32-bit words that identify a stream. */
export type Key = readonly [number, number];

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** One Threefry-2x32-20 block: two random 32-bit words for counter (c0, c1) under `key`. */
export function threefry(key: Key, c0: number, c1: number): [number, number] {
  const k0 = key[0] | 0;
  const k1 = key[1] | 0;
  const ks = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let block = 0; block < 5; block++) {
    const first = (block & 1) * 4;
    for (let r = 0; r < 4; r++) {
      const rot = ROTATIONS[first + r];
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << rot) | (x1 >>> (32 - rot))) ^ x0;
    }
    x0 = (x0 + ks[(block + 1) % 3]) | 0;
    x1 = (x1 + ks[(block + 2) % 3] + block + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** Derives a key from a seed, the purpose of the stream ("crop", "dropout"), and ids (fold, epoch, step). */
export function deriveKey(seed: number, purpose: string, ...ids: readonly (number | string)[]): Key {
  let key: Key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  for (const part of [purpose, ...ids]) {
    if (typeof part === 'number') {
      key = threefry(key, part >>> 0, Math.floor(part / 2 ** 32) >>> 0);
    } else {
      for (const char of part) key = threefry(key, char.codePointAt(0)!, 0x5eed);
      key = threefry(key, part.length, 0xe0d);
    }
  }
  return key;
}

/** A stream of draws for one key. */
export class Random {
  private counter = 0;
  constructor(private readonly key: Key) {}

  /** Uniform 32-bit integer. */
  uint32(): number {
    return threefry(this.key, this.counter++, 0)[0];
  }
  /** Uniform in [0, 1), 24 bits. */
  uniform(): number {
    return (this.uint32() >>> 8) / 2 ** 24;
  }
  /** Uniform integer in [0, n). */
  below(n: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * n);
  }
  /** Standard normal (Box-Muller). */
  normal(): number {
    const [a, b] = threefry(this.key, this.counter++, 1);
    const radius = Math.sqrt(-2 * Math.log((a + 1) / 2 ** 32));
    return radius * Math.cos((2 * Math.PI * b) / 2 ** 32);
  }
  /** Shuffles in place (Fisher-Yates); returns its argument. */
  shuffle<T extends { length: number; [i: number]: unknown }>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const swap = values[i];
      values[i] = values[j];
      values[j] = swap;
    }
    return values;
  }
}
