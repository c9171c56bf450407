/** Pieces of the page that several sections use. Cells and headings are HTML already: escape what comes from outside. */

export function table(headings: readonly string[], rows: readonly string[], className = ''): string {
  const head = headings.map((heading) => `<th>${heading}</th>`).join('');
  return `<div class="scroll ${className}"><table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
}

/** A line over the rows that follow it, across `columns`. */
export function groupRow(heading: string, columns: number): string {
  return `<tr class="group"><th colspan="${columns}">${heading}</th></tr>`;
}

export function figure(svg: string): string {
  return `<figure>\n${svg}</figure>`;
}
