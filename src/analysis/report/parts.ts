/** Pieces of the page that several of its sections use. */
import type { Interval } from '../evidence/bootstrap.js';

/** A figure's SVG in the page. */
export function figure(svg: string): string {
  return `<figure>\n${svg.replace(/^<\?xml[^>]*>\s*/, '')}</figure>`;
}

/** A table that scrolls in its own box where the window is narrow. `headings` and `rows` are HTML. */
export function table(headings: readonly string[], rows: readonly string[], className = ''): string {
  const head = headings.map((heading) => `<th>${heading}</th>`).join('');
  return `<div class="scroll ${className}"><table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
}

/** A line over the rows that follow it, across `columns`. */
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
