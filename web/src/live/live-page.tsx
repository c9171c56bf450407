/** A run while it trains, and afterwards its history: folds that fill, curves, speed, and controls. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { duration } from '../../../src/util/format.js';
import { href, route, setQuery } from '../route.js';
import { isActive } from '../run-list/runs.js';
import { RunProgress } from '../run-list/state.js';
import { studio } from '../studio.js';
import { Fault, Skeleton } from '../ui/states.js';
import { useTitle } from '../ui/title.js';
import { Controls } from './controls.js';
import { Curves } from './curves.js';
import { type Connection, type Feed, openFeed } from './feed.js';
import { FoldDetails } from './fold-details.js';
import { FoldGrid } from './fold-grid.js';
import { Workers, workersText } from './workers.js';
import './live.css';

export default function LivePage() {
  const id = route.value.path[1] ?? '';
  const mode = studio.value?.mode;
  const [live, setLive] = useState<ReturnType<typeof openFeed> | null>(null);
  useEffect(() => {
    if (!mode) return;
    const opened = openFeed(id, mode === 'server');
    setLive(opened);
    return opened.close;
  }, [id, mode]);
  const feed = live?.feed.value ?? null;
  const fault = live?.fault.value ?? null;
  useTitle(feed ? `${feed.run.path}: training` : 'Training');
  if (!live || !feed)
    return fault ? <Missing fault={fault} /> : <Skeleton height="80vh" what="The run is loading" />;
  return <Run feed={feed} connection={live.connection.value} id={id} />;
}

function Missing({ fault }: { readonly fault: NonNullable<Parameters<typeof Fault>[0]['fault']> }) {
  return (
    <>
      <h1>This run cannot be shown</h1>
      <Fault fault={fault} />
      <p>
        <a href={href(['runs'])}>All runs</a>
      </p>
    </>
  );
}

function Run({
  feed,
  connection,
  id,
}: {
  readonly feed: Feed;
  readonly connection: Connection;
  readonly id: string;
}) {
  const { run, folds, workers, imagesPerSecond, secondsLeft } = feed;
  const chosen = useMemo(
    () => new Set((route.value.query.folds ?? '').split(',').filter(Boolean)),
    [route.value.query.folds],
  );
  const active = isActive(run) && connection !== 'gone';
  const failed = folds.filter(({ failure }) => failure);
  return (
    <>
      <div class="row">
        <h1>{run.path}</h1>
        <ConnectionState connection={connection} active={active} />
        <div class="row end">
          <Controls run={run} />
          {run.folds.finished > 0 && (
            <a class="button main" href={href(['results', id])}>
              Results of {run.folds.finished === run.folds.total ? 'all' : run.folds.finished} folds
            </a>
          )}
        </div>
      </div>
      {connection === 'gone' && (
        <p class="note" role="alert">
          This run is no longer there: its folder was removed or renamed. What was known last is shown below.
        </p>
      )}
      <dl class="facts">
        <div>
          <dt>State</dt>
          <dd>
            <RunProgress run={run} />
          </dd>
        </div>
        <Fact name="Epochs trained" value={`${Math.floor(run.progress * 100)} %`} />
        <Fact
          name="Speed"
          value={
            active && imagesPerSecond !== null
              ? `${Math.round(imagesPerSecond).toLocaleString('en')} images/s`
              : '–'
          }
        />
        <Fact name="Time left" value={active && secondsLeft !== null ? duration(secondsLeft) : '–'} />
        {workers.length > 0 && <Fact name="Workers" value={workersText(workers)} />}
      </dl>
      <FoldGrid folds={folds} chosen={chosen} onChoose={(next) => setQuery({ folds: [...next].join(',') })} />
      <div class="live-columns">
        <Curves folds={folds} chosen={chosen} classes={run.settings?.classes ?? null} />
        <FoldDetails folds={folds.filter((fold) => chosen.has(fold.id))} />
      </div>
      {workers.length > 0 && <Workers workers={workers} folds={folds} />}
      {failed.length > 0 && (
        <section class="box fault">
          <h2>Failed folds</h2>
          <ul>
            {failed.map(({ id: fold, failure }) => (
              <li key={fold}>
                <b>{fold}</b>: {failure?.message}
                {failure?.hint && <span class="quiet"> {failure.hint}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function ConnectionState({
  connection,
  active,
}: {
  readonly connection: Connection;
  readonly active: boolean;
}) {
  const text: Record<Connection, string> = {
    connecting: 'connecting …',
    live: active ? 'live' : 'up to date',
    reconnecting: 'reconnecting …',
    history: 'as it was exported',
    gone: 'gone',
  };
  return (
    <span class={`connection ${connection}`} role="status">
      {text[connection]}
    </span>
  );
}
