// Mutations of raw bytes, independent of the file format.
import { HOSTILE_FLOATS, HOSTILE_INTEGERS, pick } from './values.mjs';

/** A random non-empty range; short ranges are more likely. */
function range(random, length) {
  const most = Math.max(1, Math.min(length, 2 ** (1 + random.below(12))));
  const size = 1 + random.below(most);
  const from = random.below(Math.max(1, length - size + 1));
  return [from, Math.min(length, from + size)];
}

const noise = (random, length) => Buffer.from(Array.from({ length }, () => random.below(256)));

const MUTATIONS = {
  flip(bytes, random) {
    const out = Buffer.from(bytes);
    for (let n = 1 + random.below(4); n > 0; n--) out[random.below(out.length)] ^= 1 << random.below(8);
    return out;
  },
  set(bytes, random) {
    const out = Buffer.from(bytes);
    out[random.below(out.length)] = pick(random, [
      0,
      1,
      0x0a,
      0x20,
      0x22,
      0x7f,
      0x80,
      0xff,
      random.below(256),
    ]);
    return out;
  },
  integer(bytes, random) {
    const out = Buffer.from(bytes);
    return putInteger(
      out,
      random.below(out.length),
      pick(random, [1, 2, 4, 8]),
      pick(random, HOSTILE_INTEGERS),
      random.below(2) === 0,
    );
  },
  truncate: (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  /** Removes the last 1 to 8 bytes, to test for off-by-one counts. */
  shorten: (bytes, random) => bytes.subarray(0, Math.max(0, bytes.length - 1 - random.below(8))),
  extend: (bytes, random) =>
    Buffer.concat([
      bytes,
      pick(random, [Buffer.alloc(1 + random.below(64)), noise(random, 1 + random.below(64)), bytes]),
    ]),
  remove(bytes, random) {
    const [from, to] = range(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  repeat(bytes, random) {
    const [from, to] = range(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, to), bytes.subarray(to)]);
  },
  insert(bytes, random) {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), noise(random, 1 + random.below(16)), bytes.subarray(at)]);
  },
  swap(bytes, random) {
    const [a, b] = range(random, bytes.length);
    const [c, d] = range(random, bytes.length);
    if (b > c && d > a) return MUTATIONS.flip(bytes, random);
    const [[p, q], [r, s]] =
      a < c
        ? [
            [a, b],
            [c, d],
          ]
        : [
            [c, d],
            [a, b],
          ];
    const part = (x, y) => bytes.subarray(x, y);
    return Buffer.concat([part(0, p), part(r, s), part(q, r), part(p, q), part(s, bytes.length)]);
  },
  zeros(bytes, random) {
    const out = Buffer.from(bytes);
    out.fill(pick(random, [0, 0xff, 0x20]), ...range(random, bytes.length));
    return out;
  },
  /** Joins the head of one file to the tail of the other. */
  splice(bytes, random, other) {
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  },
};
const NAMES = Object.keys(MUTATIONS);

/** Applies one random mutation. @param other another valid file of the same format, for splicing */
export function mutateBytes(bytes, random, other = bytes) {
  if (bytes.length === 0) return noise(random, 1 + random.below(16));
  return MUTATIONS[pick(random, NAMES)](bytes, random, other);
}

/** Mutates float32 data: replaces 1 to 3 values by hostile ones, or (1 time in 4) mutates the raw bytes. */
export function mutateFloats(bytes, random) {
  if (bytes.length < 4 || random.below(4) === 0) return mutateBytes(bytes, random);
  const out = Buffer.from(bytes);
  for (let n = 1 + random.below(3); n > 0; n--)
    out.writeFloatLE(pick(random, HOSTILE_FLOATS), 4 * random.below(Math.floor(out.length / 4)));
  return out;
}

/** Writes an integer into a field of `size` bytes, in place; bytes past the end of the buffer are dropped. */
export function putInteger(out, at, size, value, little = true) {
  for (let i = 0; i < size && at + i < out.length; i++) {
    out[at + i] = Number((value >> BigInt(8 * (little ? i : size - 1 - i))) & 255n);
  }
  return out;
}
