// Makes one case: a mutated valid file. The random numbers depend only on the seed, the reader's name and the case number.
import { deriveKey, Random } from '../../dist/util/random.js';
import { mutateBytes } from './bytes.mjs';
import { mutateParts, sealed } from './parts.mjs';

/** Percentage of cases that are mutated part by part and reassembled. */
const IN_PARTS = 50;
/** Percentage of cases that are mutated as bytes and then resealed (lengths and checksums recomputed) where possible. The rest stay as mutated. */
const SEALED = 15;

/**
 * @param seeds the reader's valid files
 * @returns the mutated bytes, the valid file they came from, whether lengths and checksums were recomputed, and the random generator
 */
export function makeCase(seed, name, { codec }, seeds, number) {
  const random = new Random(deriveKey(seed, 'fuzz', name, number));
  const [first, other] = random.below(2) === 0 ? seeds : [...seeds].reverse();
  const way = random.below(100);
  if (way < IN_PARTS)
    return { bytes: mutateParts(codec, first, random), seed: first, isSealed: true, random };
  const bytes = mutateBytes(first, random, other);
  if (way >= IN_PARTS + SEALED) return { bytes, seed: first, isSealed: false, random };
  const whole = sealed(codec, bytes);
  return { bytes: whole, seed: first, isSealed: whole !== bytes, random };
}
