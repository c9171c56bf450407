/** HTML parts that several sections of the page use. */

import { createHash } from 'node:crypto';
import { classAttribute } from '../figures/class-marks.js';
import type { Interval } from '../statistics/evidence/bootstrap.js';
import { escapeXml } from '../util/xml.js';
import { inlineFigure } from './inline-figure.js';
import { linkTerms } from './link-terms.js';
import { PAGE_SCRIPT } from './page-script.js';
import { STYLE } from './style.js';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing is loaded from elsewhere, and no other style or script than these runs. */
const POLICY = `default-src 'none'; img-src data:; style-src ${hashOf(STYLE)}; script-src ${hashOf(PAGE_SCRIPT)}; base-uri 'none'; form-action 'none'`;

/** A complete page. `title` is plain text, `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)} · Lexel report</title>
<style>${STYLE}</style>
</head>
<body>
${linkTerms(body).replaceAll(' %', '&nbsp;%')}
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

/** A figure element with the drawing. */
export const figure = inlineFigure;

/** The attribute of a row or card that belongs to a class, as of the marks in figures. */
export const classOf = (label: string): string => ` data-class="${classAttribute(label)}"`;

export interface TableOptions {
  readonly className?: string;
  /** Every row is of the same kind, so that readers may sort them; the first column and direction that they are sorted by. */
  readonly sorted?: { readonly column: number; readonly by: 'ascending' | 'descending' };
}

/** A table that scrolls horizontally in narrow windows. `headings` and `rows` are HTML. */
export function table(
  headings: readonly string[],
  rows: readonly string[],
  { className = '', sorted }: TableOptions = {},
): string {
  const head = headings.map((heading, column) => {
    const sort = sorted?.column === column ? ` aria-sort="${sorted.by}"` : '';
    return `<th scope="col"${sort}>${heading}</th>`;
  });
  return `<div class="scroll ${className}" tabindex="0"><table${sorted ? ' class="sortable"' : ''}><thead><tr>${head.join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
}

/** A heading row across `columns`, for the rows that follow. */
export function groupRow(heading: string, columns: number): string {
  return `<tr class="group"><th colspan="${columns}">${heading}</th></tr>`;
}

/** One row of HTML cells. */
export function tableRow(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

/** "low to high", or "n/a". */
export function intervalText(interval: Interval | null, show: (value: number) => string): string {
  return interval ? `${show(interval.low)} to ${show(interval.high)}` : 'n/a';
}
