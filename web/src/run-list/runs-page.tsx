/** All runs below the folder that the studio was started with. The address holds filter, order and selection. */

import { useMemo } from 'preact/hooks';
import type { RunState } from '../../../src/server/messages/runs.js';
import { RUN_STATES } from '../../../src/server/messages/runs.js';
import { href, route, setQuery } from '../route.js';
import { studio } from '../studio.js';
import { Empty, Fault, Skeleton } from '../ui/states.js';
import { useTitle } from '../ui/title.js';
import { entriesOf, hasNumbersToCome, matches, useRuns } from './runs.js';
import { RunsTable } from './runs-table.js';
import { StartForm } from './start-form.js';
import { stateText } from './state.js';

export default function RunsPage() {
  useTitle('Runs');
  const { data, fault, reload } = useRuns();
  const { q = '', state = '', sort = '-created', selected = '' } = route.value.query;
  const all = data?.runs ?? [];
  const shown = useMemo(
    () => all.filter((run) => (state === '' || run.state === state) && matches(run, q)),
    [all, q, state],
  );
  const entries = useMemo(() => entriesOf(shown), [shown]);
  if (!data) {
    return (
      <>
        <h1>Runs</h1>
        {fault ? (
          <Fault fault={fault} retry={reload} />
        ) : (
          <Skeleton height="70vh" what="The list is loading" />
        )}
      </>
    );
  }
  const chosen = new Set(selected === '' ? [] : selected.split(','));
  const toCome = all.filter(hasNumbersToCome).length;
  const present = RUN_STATES.filter((name) => all.some((run) => run.state === name));
  return (
    <>
      <div class="row">
        <h1>Runs</h1>
        <p class="quiet" role="status">
          {shown.length} of {all.length} {all.length === 1 ? 'run' : 'runs'}
          {studio.value && (
            <>
              {' '}
              below <code>{studio.value.runsDir}</code>
            </>
          )}
        </p>
        {toCome > 0 && (
          <p class="quiet">
            Numbers of {toCome} {toCome === 1 ? 'run' : 'runs'} are being computed …
          </p>
        )}
      </div>
      {fault && <Fault fault={fault} retry={reload} />}
      {studio.value?.allowRuns && <StartForm onStarted={reload} />}
      {all.length === 0 ? (
        <NoRuns />
      ) : (
        <>
          <div class="row tools" style={{ margin: '0.6rem 0' }}>
            <input
              type="search"
              aria-label="Filter runs"
              placeholder="Filter: name, recipe, words …"
              value={q}
              onInput={({ currentTarget }) => setQuery({ q: currentTarget.value })}
            />
            <label>
              <span class="away">State</span>
              <select
                value={state}
                onChange={({ currentTarget }) => setQuery({ state: currentTarget.value })}
              >
                <option value="">every state</option>
                {present.map((name: RunState) => (
                  <option key={name} value={name}>
                    {stateText(name)}
                  </option>
                ))}
              </select>
            </label>
            <Selection chosen={[...chosen]} />
          </div>
          {shown.length === 0 ? (
            <Empty title="No run matches">
              <p>
                <button type="button" onClick={() => setQuery({ q: undefined, state: undefined })}>
                  Show all {all.length} runs
                </button>
              </p>
            </Empty>
          ) : (
            <RunsTable entries={entries} sort={sort} chosen={chosen} />
          )}
        </>
      )}
    </>
  );
}

/** What can be done with the selected runs. */
function Selection({ chosen }: { readonly chosen: readonly string[] }) {
  if (chosen.length === 0) return <span class="quiet">Tick two or more runs to compare them.</span>;
  return (
    <>
      {chosen.length > 1 ? (
        <a class="button main" href={href(['compare'], { runs: chosen.join(',') })}>
          Compare {chosen.length} runs
        </a>
      ) : (
        <span class="quiet">1 run selected; tick another to compare them.</span>
      )}
      <button type="button" onClick={() => setQuery({ selected: undefined })}>
        Clear the selection
      </button>
    </>
  );
}

function NoRuns() {
  return (
    <Empty title="No runs yet">
      <p>
        This makes one in about a minute, with drawn shapes and a small network, in the folder{' '}
        <code>runs</code>:
      </p>
      <p>
        <code>lexel demo</code>
      </p>
      <p>
        With images of your own in class-named folders: <code>lexel loo --data FOLDER --words glove</code>.
        The list shows a run as soon as it starts.
      </p>
    </Empty>
  );
}
