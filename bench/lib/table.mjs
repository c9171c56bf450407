// Markdown tables that are also readable in a terminal, and number formats.

/** @param align per column 'l' or 'r' */
export function table(head, rows, align) {
  const cells = [head, ...rows].map((row) => row.map((cell) => String(cell ?? '–')));
  const widths = head.map((_, c) => Math.max(3, ...cells.map((row) => row[c].length)));
  const line = (row) =>
    `| ${row.map((cell, c) => (align[c] === 'r' ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join(' | ')} |`;
  const rule = `| ${widths.map((w, c) => (align[c] === 'r' ? `${'-'.repeat(w - 1)}:` : '-'.repeat(w))).join(' | ')} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}

export const digits = (value, places) =>
  value === null || value === undefined ? '–' : value.toFixed(places);
export const rate = (value) => digits(value, value < 100 ? 1 : 0);
export const percent = (share) =>
  share === null || share === undefined ? '–' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
export const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(0);
export const verdict = (target, met) => `${target} ${met ? 'met' : 'MISSED'}`;
