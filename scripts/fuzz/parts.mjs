// Mutates a file part by part. A codec's `open` splits a file into parts; the kind of a part determines its mutations. `close` reassembles the
// parts and recomputes lengths and checksums, so that the mutated file gets past the header checks.
//
//     { kind: 'json', tree }   { kind: 'bytes' | 'floats' | 'lines', bytes }   { kind: 'integer', value }
import { mutateBytes, mutateFloats } from './bytes.mjs';
import { mutateTree } from './json.mjs';
import { mutateLines } from './text.mjs';
import { HOSTILE_INTEGERS, pick } from './values.mjs';

const MUTATE = {
  json(part, random) {
    part.tree = mutateTree(part.tree, random);
  },
  bytes(part, random) {
    part.bytes = mutateBytes(part.bytes, random);
  },
  floats(part, random) {
    part.bytes = mutateFloats(part.bytes, random);
  },
  lines(part, random) {
    part.bytes = mutateLines(part.bytes, random);
  },
  integer(part, random) {
    part.value =
      random.below(3) > 0 ? pick(random, HOSTILE_INTEGERS) : part.value + BigInt(random.below(5) - 2);
  },
};

/** Mutates a file's parts one to three times and reassembles them. JSON parts hold many values, so they are drawn 4 times as often. */
export function mutateParts({ open, close }, bytes, random) {
  const parts = open(bytes);
  const drawn = parts.flatMap((part) => Array(part.kind === 'json' ? 4 : 1).fill(part));
  for (let n = 1 + random.below(3); n > 0; n--) {
    const part = pick(random, drawn);
    part.changed = true;
    MUTATE[part.kind](part, random);
  }
  return close(parts);
}

/** Recomputes a file's lengths and checksums. Returns the bytes unchanged if the codec can no longer open them. */
export function sealed({ open, close }, bytes) {
  try {
    return close(open(bytes));
  } catch {
    return bytes;
  }
}
