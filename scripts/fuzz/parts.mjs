// A file taken apart. A codec's `open` gives its parts, each of a kind that says how it is mutated; `close` puts them together again, with
// lengths and checksums that are right: what is mutated so gets past the header.
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

/** Mutates one to three of a file's parts and puts it together again. Parts of JSON are many in one, and drawn more often. */
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

/** A file's bytes with right lengths and checksums, where they can still be taken apart; else as they are. */
export function sealed({ open, close }, bytes) {
  try {
    return close(open(bytes));
  } catch {
    return bytes;
  }
}
