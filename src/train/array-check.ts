/** Numbers that come from a file and that a network computes with. */
import { FormatError } from '../util/errors.js';
import { firstNotFinite } from '../util/finite.js';

/** Variances: running ones, and the optimizer's means of squared gradients. */
const NEVER_NEGATIVE = /(^|\.)optimizer\.v\.|\.running_var$/;

/** @throws FormatError naming the first number of an array that is not finite, or negative where that cannot be */
export function checkNumbers(file: string, name: string, values: ArrayLike<number>): void {
  const bad = firstNotFinite(values);
  if (bad >= 0) throw new FormatError(file, `"${name}": number ${bad} is ${values[bad]}`, DAMAGED);
  if (!NEVER_NEGATIVE.test(name)) return;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < 0)
      throw new FormatError(file, `"${name}": number ${i} is ${values[i]}, and it is a variance`, DAMAGED);
  }
}

const DAMAGED = 'it is damaged, or its training diverged; train or download it again';
