/** Tables for spreadsheets. */

/** CSV after RFC 4180; "n/a" (null, NaN) is an empty field. */
export function csvText(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/**
 * The start of a formula in a spreadsheet (OWASP, "CSV Injection"): at the start of a cell, after blanks, or after a
 * semicolon, which also separates cells in locales with a decimal comma. A preceding apostrophe turns it into text.
 * Cells that begin with apostrophes get one more, so that removing one restores the cell.
 */
const FORMULA = /(^|;)([ '\u00a0]*[=+\-@\t\r\n＝＋－＠])/g;

function field(value: string | number | null): string {
  if (value === null || Number.isNaN(value)) return '';
  if (typeof value === 'number') return String(value);
  const safe = value.replace(FORMULA, "$1'$2");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
