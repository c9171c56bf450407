/** HTML parts that several sections of the page use. */

import type { Interval } from '../statistics/evidence/bootstrap.js';
import { escapeXml } from '../util/xml.js';
import { STYLE } from './style.js';

/** A complete page. `title` is plain text, `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)} · Lexel report</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeXml(title)}</h1>
${body}
</body>
</html>
`.replaceAll(' %', '&nbsp;%');
}

/** A figure element with the SVG. */
export function figure(svg: string): string {
  return `<figure>\n${svg.replace(/^<\?xml[^>]*>\s*/, '')}</figure>`;
}

/** A table that scrolls horizontally in narrow windows. `headings` and `rows` are HTML. */
export function table(headings: readonly string[], rows: readonly string[], className = ''): string {
  const head = headings.map((heading) => `<th>${heading}</th>`).join('');
  return `<div class="scroll ${className}"><table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
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
