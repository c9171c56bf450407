/** The table of runs: state, headline numbers next to their nulls, and what to open. Seeds of one experiment are one row. */

import type { RunListing } from '../../../src/server/messages/runs.js';
import { href, route, setQuery } from '../route.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { Measured } from '../ui/measured.js';
import { Moment } from '../ui/moment.js';
import { type Entry, hasNumbersToCome, meanOf } from './runs.js';
import { RunProgress } from './state.js';
import './runs-table.css';

/** The columns of numbers, in the order of src/statistics/measures.ts. */
const MEASURES = ['heldOutHit1', 'hit5', 'rank', 'centredCosine'];

export interface RunsTableProps {
  readonly entries: readonly Entry[];
  readonly sort: string;
  readonly chosen: ReadonlySet<string>;
}

export function RunsTable({ entries, sort, chosen }: RunsTableProps) {
  const open = new Set((route.value.query.open ?? '').split(','));
  const mean = (entry: Entry, measure: string) => meanOf(entry.runs, measure);
  const known = MEASURES.flatMap((measure) => {
    const found = entries.flatMap(({ runs }) => runs.flatMap(({ headline }) => headline ?? []));
    const number = found.find((one) => one.measure === measure && one.value !== null);
    return number ? [number] : [];
  });
  const columns: Column<Entry>[] = [
    {
      key: 'selected',
      label: 'Compare',
      cell: (entry) => <Choice entry={entry} chosen={chosen} />,
    },
    {
      key: 'name',
      label: 'Run',
      by: ({ path }) => path,
      cell: (entry) => <Name entry={entry} open={open} />,
    },
    {
      key: 'progress',
      label: 'State',
      by: ({ runs }) => runs.reduce((sum, { progress }) => sum + progress, 0) / runs.length,
      cell: ({ runs }) => <RunProgress run={runs.length === 1 ? runs[0] : together(runs)} />,
    },
    ...known.map(
      ({ measure, label, lowerIsBetter }): Column<Entry> => ({
        key: measure,
        label,
        numeric: true,
        largestFirst: !lowerIsBetter,
        by: (entry) => mean(entry, measure)?.value ?? null,
        cell: (entry) => {
          const number = mean(entry, measure);
          return number ? <Measured of={number} /> : <span class="quiet">–</span>;
        },
      }),
    ),
    {
      key: 'created',
      label: 'Started',
      largestFirst: true,
      by: ({ runs }) => runs[0].settings?.created ?? null,
      cell: ({ runs }) => <Moment iso={runs[0].settings?.created} />,
    },
  ];
  return (
    <DataTable
      caption="Runs"
      columns={columns}
      rows={entries}
      keyOf={({ path }) => path}
      sort={sort}
      onSort={(next) => setQuery({ sort: next })}
      cards
    />
  );
}

/** The seeds of an experiment as one run, for its state. */
function together(runs: readonly RunListing[]): RunListing {
  const sum = (of: (run: RunListing) => number) => runs.reduce((total, run) => total + of(run), 0);
  const telling = runs.find(({ state }) => state !== 'finished') ?? runs[0];
  return {
    ...telling,
    progress: sum(({ progress }) => progress) / runs.length,
    folds: {
      finished: sum(({ folds }) => folds.finished),
      failed: sum(({ folds }) => folds.failed),
      total: sum(({ folds }) => folds.total),
    },
  };
}

function Choice({
  entry: { path, runs },
  chosen,
}: {
  readonly entry: Entry;
  readonly chosen: ReadonlySet<string>;
}) {
  const ids = runs.filter(({ state }) => state !== 'broken').map(({ id }) => id);
  if (ids.length === 0) return null;
  const all = ids.every((id) => chosen.has(id));
  return (
    <input
      type="checkbox"
      aria-label={`Compare ${path}`}
      checked={all}
      onChange={() => {
        const next = new Set(chosen);
        for (const id of ids) {
          if (all) next.delete(id);
          else next.add(id);
        }
        setQuery({ selected: [...next].join(',') });
      }}
    />
  );
}

function Name({
  entry: { path, runs },
  open,
}: {
  readonly entry: Entry;
  readonly open: ReadonlySet<string>;
}) {
  const [first] = runs;
  if (runs.length === 1) return <RunName run={first} name={path} />;
  const expanded = open.has(path);
  return (
    <>
      <button
        type="button"
        class="fold"
        aria-expanded={expanded}
        onClick={() => {
          const next = new Set([...open].filter((one) => one !== ''));
          if (expanded) next.delete(path);
          else next.add(path);
          setQuery({ open: [...next].join(',') });
        }}
      >
        {path}, {runs.length} seeds
      </button>
      <Settings run={first} withSeed={false} />
      <Later runs={runs} />
      {expanded && (
        <ul class="seeds">
          {runs.map((run) => (
            <li key={run.id}>
              <RunName run={run} name={`seed ${run.settings?.seed ?? '?'}`} brief />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function RunName({
  run,
  name,
  brief = false,
}: {
  readonly run: RunListing;
  readonly name: string;
  readonly brief?: boolean;
}) {
  if (run.state === 'broken')
    return (
      <>
        <b>{name}</b>
        <p class="problem">{run.problem}</p>
      </>
    );
  const { id } = run;
  const hasResults = run.folds.finished > 0;
  return (
    <>
      <a href={hasResults ? href(['results', id]) : href(['run', id])}>{name}</a>
      {hasResults && (
        <>
          {' '}
          <a class="quiet minor" href={href(['run', id])} aria-label={`Training of ${name}`}>
            training
          </a>
        </>
      )}
      {!brief && (
        <>
          <Settings run={run} withSeed />
          <Later runs={[run]} />
        </>
      )}
    </>
  );
}

function Settings({ run: { settings }, withSeed }: { readonly run: RunListing; readonly withSeed: boolean }) {
  if (!settings) return null;
  const { protocol, net, data, words, recipe, control, epochs, seed } = settings;
  const parts = [
    `${net} on ${data}`,
    words,
    protocol,
    control ? `control ${control}` : `recipe ${recipe}`,
    `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`,
    ...(withSeed ? [`seed ${seed}`] : []),
  ];
  return <small class="settings">{parts.join(' · ')}</small>;
}

/** Why runs of one experiment have no numbers, or not all. */
function Later({ runs }: { readonly runs: readonly RunListing[] }) {
  const lacking = runs.filter(({ state, headline }) => state !== 'broken' && !headline);
  if (lacking.length === 0) return null;
  const failed = lacking.find(({ headlineWork: work }) => work?.state === 'failed');
  if (failed)
    return (
      <p class="problem">
        {runs.length > 1 && `Seed ${failed.settings?.seed}: `}Its numbers cannot be computed:{' '}
        {failed.headlineWork?.problem}
      </p>
    );
  return <small class="settings">{laterText(lacking)}</small>;
}

function laterText(lacking: readonly RunListing[]): string {
  const numbers = lacking.length === 1 ? 'Its numbers' : `Numbers of ${lacking.length} seeds`;
  if (lacking.some(({ headlineWork: work }) => work?.state === 'computing'))
    return `${numbers} are being computed …`;
  if (lacking.some(hasNumbersToCome)) return `${numbers} will be computed soon.`;
  if (lacking.some(({ folds }) => folds.finished > 0))
    return `${numbers} follow when training has ended, or when results are opened.`;
  return 'Numbers follow the first fold.';
}
