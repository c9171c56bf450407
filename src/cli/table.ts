/** A plain table for the terminal: text is left-aligned, numbers are right-aligned. */

import { alignColumns } from '../util/text-table.js';

/** @param head column names, or undefined for a list of names and values */
export function table(head: readonly string[] | undefined, rows: readonly (readonly string[])[]): string {
  const all = head ? [head, ...rows] : rows;
  const columns = Math.max(0, ...all.map((row) => row.length));
  const numeric = Array.from(
    { length: columns },
    (_, c) =>
      c > 0 && head !== undefined && rows.every((row) => /^[-−+]?[\d.,]+( %)?$|^n\/a$/.test(row[c] ?? '')),
  );
  return alignColumns(all, (column) => numeric[column]).join('\n');
}
