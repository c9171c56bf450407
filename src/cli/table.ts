/** A table for the terminal: text is left-aligned, numbers are right-aligned. */

import type { StyleName } from '../util/look.js';
import { alignColumns } from '../util/text-table.js';
import { look } from './terminal.js';

export interface CellTable {
  /** Columns that are left out on a narrow terminal, the least important first. */
  readonly drop?: readonly number[];
  /** The style of a cell; row 0 is the first below the heading. */
  readonly style?: (row: number, column: number) => StyleName | undefined;
}

/** @param head column names, or undefined for a list of names and values */
export function table(
  head: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
  { drop, style }: CellTable = {},
): string {
  const all = head ? [head, ...rows] : rows;
  const columns = Math.max(0, ...all.map((row) => row.length));
  const numeric = Array.from(
    { length: columns },
    (_, c) =>
      c > 0 && head !== undefined && rows.every((row) => /^[-−+]?[\d.,]+( %)?$|^n\/a$|^$/.test(row[c] ?? '')),
  );
  return alignColumns(all, {
    right: (column) => numeric[column],
    headed: head !== undefined,
    drop,
    look: look(),
    style: (row, column) => {
      if (!head) return column === 0 ? 'faint' : undefined;
      return row === 0 ? 'strong' : style?.(row - 1, column);
    },
  }).join('\n');
}
