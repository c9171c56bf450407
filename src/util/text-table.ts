/** Tables for the terminal. */
import { visible } from './visible.js';

/**
 * Pads cells to the width of their column. Line breaks and other control characters in cells are escaped.
 * @param rows may have different numbers of cells
 * @param right whether a column is right-aligned; default: all but the first
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
