/** Tables for the terminal. */
import { visible } from './visible.js';

/**
 * Cells padded to their column's widest, each on one line whatever it holds.
 * @param rows those with fewer cells end earlier
 * @param right whether a column's cells stand to the right; default: all but the first
 */
export function alignColumns(
  rows: readonly (readonly string[])[],
  right: (column: number) => boolean = (column) => column > 0,
): string[] {
  const widths: number[] = [];
  const shown = rows.map((row) => row.map(visible));
  for (const row of shown)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return shown.map((row) =>
    row
      .map((cell, i) => (right(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}
