/** Sorts a table of the report's HTML by its headings. */

/** "−64.7 %" is −64.7, "12 of 20" is 12; a text without a number is not one. */
function numberOf(text: string): number | null {
  const found = /^[^\w-]*([-+]?[0-9.]+)/.exec(text.replaceAll('−', '-').replaceAll(',', ''));
  return found ? Number(found[1]) : null;
}

function compare(a: string, b: string): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  return x !== null && y !== null ? x - y : a.localeCompare(b, 'en');
}

/** Makes each heading a button; rows without a value stay at the end. */
export function sortable(table: HTMLTableElement): void {
  const heads = [...table.querySelectorAll('thead th')];
  const body = table.tBodies[0];
  for (const [column, head] of heads.entries()) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const rows = [...body.rows].map((row) => ({ row, key: row.cells[column].textContent.trim() }));
      const lacks = ({ key }: { key: string }) => Number(key === '' || key === 'n/a');
      rows.sort((a, b) => lacks(a) - lacks(b) || (down ? -1 : 1) * compare(a.key, b.key));
      body.append(...rows.map(({ row }) => row));
    });
  }
}
