/**
 * A table of rows that sorts by its headings and shows a page of them at a time, so that thousands of rows stay fast. It
 * is a plain `<table>` for screen readers; in narrow windows it scrolls below its heading, or its rows become cards.
 */

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import './data-table.css';

export interface Column<Row> {
  readonly key: string;
  readonly label: string;
  /** What the rows are sorted by; null and NaN come last. Absent: the column does not sort. */
  readonly by?: (row: Row) => number | string | null;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the right. */
  readonly numeric?: boolean;
  /** The first click sorts downwards: large values are better. */
  readonly largestFirst?: boolean;
}

/** A column's key, with `-` before it for descending order. */
export type Sort = string;

export interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  /** Attributes of a row, such as its class. */
  readonly rowProps?: (row: Row) => Record<string, unknown>;
  /** Rows at a time; default 100. */
  readonly page?: number;
  /** In narrow windows, rows become cards instead of scrolling sideways. */
  readonly cards?: boolean;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, keyOf, sort, onSort, rowProps, page = 100, cards = false } = props;
  const [first, setFirst] = useState(0);
  useEffect(() => setFirst(0), [sort, rows.length]);
  const start = first < rows.length ? first : 0;
  const shown = sorted(rows, columns, sort).slice(start, start + page);
  return (
    <div class={`data-table${cards ? ' cards-if-narrow' : ''}`}>
      {cards && <SortChoice columns={columns} sort={sort} onSort={onSort} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard. */}
      <section class="scrolls" tabIndex={0} aria-label={caption}>
        <table>
          <caption class="away">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.key} column={column} sort={sort} onSort={onSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={keyOf(row)} {...rowProps?.(row)}>
                {columns.map(({ key, label, cell, numeric }) => (
                  <td key={key} class={numeric ? 'numeric' : undefined} data-label={label}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length > page && (
        <nav class="row pager" aria-label={`Pages of ${caption}`}>
          <button type="button" disabled={start === 0} onClick={() => setFirst(Math.max(0, start - page))}>
            Previous
          </button>
          <span>
            {start + 1} to {Math.min(rows.length, start + page)} of {rows.length}
          </span>
          <button type="button" disabled={start + page >= rows.length} onClick={() => setFirst(start + page)}>
            Next
          </button>
        </nav>
      )}
    </div>
  );
}

function Heading<Row>({
  column: { key, label, by, numeric, largestFirst },
  sort,
  onSort,
}: { readonly column: Column<Row> } & Pick<DataTableProps<Row>, 'sort' | 'onSort'>) {
  const direction = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : undefined;
  const next =
    direction === 'ascending' ? `-${key}` : direction === 'descending' ? key : largestFirst ? `-${key}` : key;
  return (
    <th scope="col" aria-sort={direction} class={numeric ? 'numeric' : undefined}>
      {by ? (
        <button type="button" onClick={() => onSort(next)}>
          <Label text={label} />
        </button>
      ) : (
        <Label text={label} />
      )}
    </th>
  );
}

/** What follows a comma stands on a line of its own: "hit@5, among all labels". */
function Label({ text }: { readonly text: string }) {
  const [name, ...rest] = text.split(', ');
  return (
    <>
      {name}
      {rest.length > 0 && (
        <>
          <span class="away">, </span>
          <small>{rest.join(', ')}</small>
        </>
      )}
    </>
  );
}

/** Where rows are cards, there are no headings to sort by. */
function SortChoice<Row>({
  columns,
  sort,
  onSort,
}: Pick<DataTableProps<Row>, 'columns' | 'sort' | 'onSort'>) {
  const choices = columns.flatMap(({ key, label, by, largestFirst }) =>
    by ? [{ value: largestFirst ? `-${key}` : key, label }] : [],
  );
  return (
    <label class="sort-choice">
      Sort by{' '}
      <select value={sort} onChange={({ currentTarget }) => onSort(currentTarget.value)}>
        {choices.every(({ value }) => value !== sort) && <option value={sort}>another order</option>}
        {choices.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

const compareTexts = new Intl.Collator('en', { numeric: true }).compare;

/** The rows in the order of a sort; rows without a value come last in either direction. */
export function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort,
): readonly Row[] {
  const down = sort.startsWith('-');
  const by = columns.find(({ key }) => key === (down ? sort.slice(1) : sort))?.by;
  if (!by) return rows;
  const keyed = rows.map((row) => ({ row, value: by(row) }));
  const lacks = (value: number | string | null) => value === null || Number.isNaN(value);
  keyed.sort(({ value: a }, { value: b }) => {
    if (lacks(a) || lacks(b)) return Number(lacks(a)) - Number(lacks(b));
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : compareTexts(String(a), String(b));
    return down ? -order : order;
  });
  return keyed.map(({ row }) => row);
}
