/** Checks of numbers that are read from files. */
import { FormatError } from '../util/errors.js';
import { firstNotFinite } from '../util/finite.js';

/** Arrays that cannot be negative: running variances, and the optimizer's means of squared gradients. */
const NEVER_NEGATIVE = /(^|\.)optimizer\.v\.|\.running_var$/;

/** @throws FormatError naming the first value that is not finite, or that is negative in an array of variances */
export function checkNumbers(file: string, name: string, values: ArrayLike<number>): void {
  const bad = firstNotFinite(values);
  if (bad >= 0) throw new FormatError(file, `"${name}": number ${bad} is ${values[bad]}`, DAMAGED);
  if (!NEVER_NEGATIVE.test(name)) return;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < 0)
      throw new FormatError(
        file,
        `"${name}": number ${i} is ${values[i]}, but a variance cannot be negative`,
        DAMAGED,
      );
  }
}

const DAMAGED = 'the file is damaged, or training diverged; train or download it again';
