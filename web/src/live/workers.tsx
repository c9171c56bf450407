/** The workers of a queue: where they are, and what each of them trains. */

import { useState } from 'preact/hooks';
import type { LiveFold, LiveWorker } from '../../../src/server/messages/live.js';
import { counted } from '../../../src/util/format.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { Moment } from '../ui/moment.js';
import { foldName } from './fold-grid.js';

const isIdle = ({ folds, others }: LiveWorker): boolean => folds.length + others === 0;

const perSecond = (images: number) => `${Math.round(images).toLocaleString('en')} images/s`;

/** Over the folds of this run; null before its first epoch. */
function speedOf({ folds }: LiveWorker): number | null {
  const speeds = folds.flatMap(({ imagesPerSecond }) => imagesPerSecond ?? []);
  return speeds.length > 0 ? speeds.reduce((sum, speed) => sum + speed, 0) : null;
}

/** "3, 1 idle". */
export function workersText(workers: readonly LiveWorker[]): string {
  const idle = workers.filter(isIdle).length;
  return idle > 0 ? `${workers.length}, ${idle} idle` : String(workers.length);
}

export interface WorkersProps {
  readonly workers: readonly LiveWorker[];
  readonly folds: readonly LiveFold[];
}

export function Workers({ workers, folds }: WorkersProps) {
  const [sort, setSort] = useState('host');
  const names = new Map(folds.map((fold) => [fold.id, foldName(fold)]));
  const cores = workers.reduce((sum, worker) => sum + worker.cores, 0);
  const machines = new Set(workers.map(({ host }) => host)).size;
  return (
    <section class="workers" aria-labelledby="workers-title">
      <div class="row">
        <h2 id="workers-title">Workers</h2>
        <span class="quiet">
          {counted(workers.length, 'worker')} on {counted(machines, 'machine')}, {counted(cores, 'core')}
        </span>
      </div>
      <DataTable
        caption="Workers"
        columns={columnsOf(names)}
        rows={workers}
        keyOf={({ id }) => id}
        sort={sort}
        onSort={setSort}
        cards
      />
    </section>
  );
}

const columnsOf = (names: ReadonlyMap<string, string>): Column<LiveWorker>[] => [
  { key: 'host', label: 'Machine', by: ({ host }) => host, cell: ({ host }) => <b>{host}</b> },
  { key: 'process', label: 'Process', by: ({ pid }) => pid, numeric: true, cell: ({ pid }) => pid },
  {
    key: 'cores',
    label: 'Cores',
    by: ({ cores }) => cores,
    numeric: true,
    largestFirst: true,
    cell: ({ cores }) => cores,
  },
  {
    key: 'folds',
    label: 'Trains',
    by: ({ folds, others }) => folds.length + others,
    largestFirst: true,
    cell: (worker) => <Work worker={worker} names={names} />,
  },
  {
    key: 'speed',
    label: 'Speed',
    by: speedOf,
    numeric: true,
    largestFirst: true,
    cell: (worker) => {
      const speed = speedOf(worker);
      return speed === null ? '–' : perSecond(speed);
    },
  },
  { key: 'since', label: 'Since', by: ({ since }) => since, cell: ({ since }) => <Moment iso={since} /> },
];

/** Folds that are listed at once. */
const SHOWN = 8;

function Work({
  worker,
  names,
}: {
  readonly worker: LiveWorker;
  readonly names: ReadonlyMap<string, string>;
}) {
  if (isIdle(worker)) return <span class="quiet">idle</span>;
  const { folds, others } = worker;
  const line = ({ fold, epoch, epochs, imagesPerSecond }: LiveWorker['folds'][number]) => (
    <li key={fold}>
      {names.get(fold) ?? fold}{' '}
      <span class="quiet">
        epoch {epoch} of {epochs}
        {imagesPerSecond !== null && `, ${perSecond(imagesPerSecond)}`}
      </span>
    </li>
  );
  return (
    <>
      <ul>{folds.slice(0, SHOWN).map(line)}</ul>
      {folds.length > SHOWN && (
        <details>
          <summary>{folds.length - SHOWN} more</summary>
          <ul>{folds.slice(SHOWN).map(line)}</ul>
        </details>
      )}
      {others > 0 && <span class="quiet">{counted(others, 'fold')} of other experiments</span>}
    </>
  );
}
