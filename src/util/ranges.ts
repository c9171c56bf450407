/** Parses "7" as [7, 7] and "3-9" as [3, 9]; null for other text or a descending range. */
export function parseRange(text: string): readonly [first: number, last: number] | null {
  const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(text);
  if (!match) return null;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return last < first ? null : [first, last];
}

/** The integers of a range, including both ends. */
export const numbersOf = ([first, last]: readonly [number, number]): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);
