/** Rounding, so that stored numbers compress well. */

/** Rounds to a number of significant bits; the remaining bits become zero. */
export function significant(value: number, bits: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) + 1 - bits);
  return Math.round(value / unit) * unit;
}
