/** Rounding of numbers that are kept small. */

/** Rounded to so many significant bits, so that what is dropped leaves zero bits behind. */
export function significant(value: number, bits: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) + 1 - bits);
  return Math.round(value / unit) * unit;
}
