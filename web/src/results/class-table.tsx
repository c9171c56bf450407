/** The held-out classes with all their numbers: sorted, filtered, saved. */

import { useMemo } from 'preact/hooks';
import { SHOW } from '../../../src/report/units.js';
import type { ResultClass, Results } from '../../../src/server/messages/results.js';
import { csvText } from '../../../src/util/csv.js';
import { words } from '../../../src/util/format.js';
import { route, setQuery } from '../route.js';
import { type Column, DataTable, sorted } from '../ui/data-table.js';
import { save } from '../ui/download.js';

export function ClassTable({
  results: { classes, columns },
  id,
}: {
  readonly results: Results;
  readonly id: string;
}) {
  const { find = '', by = '' } = route.value.query;
  const wanted = find.toLowerCase();
  const shown = useMemo(
    () =>
      classes.filter(({ label, superclass }) =>
        words(`${label} ${superclass ?? ''}`)
          .toLowerCase()
          .includes(wanted),
      ),
    [classes, wanted],
  );
  const grouped = classes.some(({ superclass }) => superclass !== null);
  const cells: Column<ResultClass>[] = [
    {
      key: 'class',
      label: 'Class',
      by: ({ label }) => label,
      cell: ({ label }) => (
        <button type="button" class="class-name" onClick={() => toggle(label)}>
          {words(label)}
        </button>
      ),
    },
    ...columns.map(
      ({ name, label, unit, better }, at): Column<ResultClass> => ({
        key: name,
        label,
        numeric: true,
        largestFirst: better === 'higher',
        by: ({ values }) => values[at],
        cell: ({ values }) => SHOW[unit](values[at]),
      }),
    ),
    ...(grouped
      ? [
          {
            key: 'superclass',
            label: 'Superclass',
            by: ({ superclass }: ResultClass) => superclass,
            cell: ({ superclass }: ResultClass) => words(superclass ?? ''),
          },
        ]
      : []),
    {
      key: 'nearest',
      label: 'Nearest seen word',
      by: ({ nearest }) => nearest[0]?.cosine ?? null,
      cell: ({ nearest: [first] }) => (first ? words(first.label) : 'none'),
    },
  ];
  const sort = by || `${columns[0]?.better === 'lower' ? '' : '-'}${columns[0]?.name ?? 'class'}`;
  const csv = () => {
    const rows = sorted(shown, cells, sort).map((row) => [
      row.label,
      row.superclass,
      row.fold,
      ...row.values,
    ]);
    const head = ['label', 'superclass', 'fold', ...columns.map(({ name }) => name)];
    save(`${id}-classes-shown.csv`, new Blob([csvText([head, ...rows])], { type: 'text/csv' }));
  };
  return (
    <>
      <div class="row tools" style={{ margin: '0.5rem 0' }}>
        <input
          type="search"
          aria-label="Filter classes"
          placeholder="Filter classes …"
          value={find}
          onInput={({ currentTarget }) => setQuery({ find: currentTarget.value })}
        />
        <span class="quiet" role="status">
          {shown.length} of {classes.length} classes
        </span>
        <button type="button" onClick={csv}>
          Save these rows as CSV
        </button>
      </div>
      <div class="class-table">
        <DataTable
          caption="Held-out classes"
          columns={cells}
          rows={shown}
          keyOf={({ class: index, fold }) => `${fold}/${index}`}
          sort={sort}
          onSort={(next) => setQuery({ by: next })}
          rowProps={({ label }) => ({ 'data-class': encodeURIComponent(label) })}
        />
      </div>
    </>
  );
}

const toggle = (label: string) => setQuery({ class: route.peek().query.class === label ? undefined : label });
