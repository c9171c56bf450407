// One case: a valid file, mutated by numbers that the seed, the reader's name and the case's number decide alone.
import { deriveKey, Random } from '../../dist/util/random.js';
import { mutateBytes } from './bytes.mjs';
import { mutateParts, sealed } from './parts.mjs';

/** Of 100 cases, so many are mutated in their parts and put together again, ... */
const IN_PARTS = 50;
/** ... so many mutated as bytes, and lengths and checksums made right where that is still possible; the others are left as they are. */
const SEALED = 15;

/**
 * @param seeds the reader's valid files
 * @returns the file's bytes, the valid file that they were, and whether lengths and checksums were made right
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
