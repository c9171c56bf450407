/** Which numbers are none. */

/** Place of the first value that is not finite; -1 where all are. */
export function firstNotFinite(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
