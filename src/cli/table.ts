/** A plain table for the terminal: text to the left, numbers to the right. */

/** @param head column names, or undefined for a list of name and value */
export function table(head: readonly string[] | undefined, rows: readonly (readonly string[])[]): string {
  const all = head ? [head, ...rows] : rows;
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...all.map((row) => (row[c] ?? '').length)),
  );
  const numeric = widths.map(
    (_, c) =>
      c > 0 && head !== undefined && rows.every((row) => /^[-−+]?[\d.,]+( %)?$|^n\/a$/.test(row[c] ?? '')),
  );
  return all
    .map((row) =>
      row
        .map((cell, c) => (numeric[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
