/** Tables for the terminal. */
import { columnsOf, type Look, PLAIN, type StyleName } from './look.js';
import { visible } from './visible.js';
import { breakText } from './wrap.js';

export interface TableOptions {
  /** Whether a column is right-aligned; default: all but the first. */
  readonly right?: (column: number) => boolean;
  /** Whether row 0 is a heading, whose cells may be broken first; default true. */
  readonly headed?: boolean;
  /** Columns that are left out if the table is wider than the look, the least important first. */
  readonly drop?: readonly number[];
  /** The style of a cell; default: none. */
  readonly style?: (row: number, column: number) => StyleName | undefined;
  readonly look?: Look;
}

/** Between two columns. */
const GAP = 2;
/** No column is broken to fewer characters than this. */
const NARROW = 8;

/**
 * Aligns cells in columns. Line breaks and other control characters in cells are escaped. A row of a single cell, such
 * as the title of a group, may be wider than the first column.
 *
 * If the table is wider than the look, the heading (row 0) is broken first, then columns of `drop` are left out, and a
 * last line names them; then the cells of left-aligned columns are broken.
 * @param rows may have different numbers of cells
 */
export function alignColumns(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const { right = (column) => column > 0, headed = true, drop = [], style, look = PLAIN } = options;
  const cells = rows.map((row) => row.map(visible));
  const count = Math.max(0, ...cells.map((row) => row.length));
  const spanning = (row: readonly string[]) => row.length === 1 && count > 1;
  let shown = Array.from({ length: count }, (_, column) => column);
  const widest = (column: number, from: number) =>
    cells.reduce(
      (most, row, i) => (i < from || spanning(row) ? most : Math.max(most, columnsOf(row[column] ?? ''))),
      0,
    );
  const longestWord = (text = '') => Math.max(0, ...text.split(' ').map(columnsOf));
  const widths = shown.map((column) => widest(column, 0));
  const total = () => shown.reduce((sum, column) => sum + widths[column] + GAP, -GAP);
  if (headed && total() > look.width && cells.length > 1) {
    for (const column of shown) widths[column] = Math.max(widest(column, 1), longestWord(cells[0][column]));
  }
  const left: number[] = [];
  for (const column of drop) {
    if (total() <= look.width) break;
    if (!shown.includes(column)) continue;
    shown = shown.filter((other) => other !== column);
    left.push(column);
  }
  const fits = () => total() <= look.width;
  // A column that was left out early may fit into the space that a wider one has left.
  for (const column of [...left].reverse()) {
    const without = shown;
    shown = [...shown, column].sort((a, b) => a - b);
    if (fits()) left.splice(left.indexOf(column), 1);
    else shown = without;
  }
  for (const column of shown) {
    const broken = widths[column];
    widths[column] = widest(column, 0);
    if (!fits()) widths[column] = broken;
  }
  while (total() > look.width) {
    const [most] = shown
      .filter((column) => !right(column) && widths[column] > NARROW)
      .sort((a, b) => widths[b] - widths[a]);
    if (most === undefined) break;
    widths[most] = Math.max(NARROW, widths[most] - (total() - look.width));
  }
  const pad = (text: string, column: number, name: StyleName | undefined) => {
    const space = ' '.repeat(Math.max(0, widths[column] - columnsOf(text)));
    const marked = name && text !== '' ? look.style(name, text) : text;
    return right(column) ? space + marked : marked + space;
  };
  const lines = cells.flatMap((row, r) => {
    if (spanning(row)) return brokenCell(row[0], look.width).map((text) => styled(text, style?.(r, 0), look));
    const parts = row.map((cell, column) => brokenCell(cell, widths[column]));
    const height = Math.max(1, ...shown.map((column) => parts[column]?.length ?? 0));
    return Array.from({ length: height }, (_, line) =>
      shown
        .filter((column) => column < row.length)
        .map((column) => pad(parts[column][line] ?? '', column, style?.(r, column)))
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  });
  const names = left.map((column) => cells[0][column]).filter((name) => name !== '');
  if (names.length > 0) {
    const note = `Left out at this width: ${names.join(', ')}`;
    lines.push(...breakText(note, look.width).map((text) => look.style('faint', text)));
  }
  return lines;
}

/** For `style`: a strong heading, and faint titles of groups (rows of one cell). */
export function headingStyle(rows: readonly (readonly string[])[]) {
  return (row: number): StyleName | undefined => {
    if (row === 0) return 'strong';
    return rows[row].length === 1 ? 'faint' : undefined;
  };
}

const styled = (text: string, name: StyleName | undefined, { style }: Look) =>
  name ? style(name, text) : text;

/** A cell as lines; lines after the first are indented like the first, and one more. */
function brokenCell(cell: string, width: number): string[] {
  if (columnsOf(cell) <= width) return [cell];
  const [indent] = /^ */.exec(cell)!;
  const inner = Math.max(1, width - indent.length);
  const [first, ...rest] = breakText(cell.trimStart(), inner);
  return [indent + first, ...rest.map((line) => indent + line)];
}
