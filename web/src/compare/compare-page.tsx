/** The numbers of `lexel compare` for the runs that the address names; the others are compared with the first. */

import {
  comparisonSchema,
  type ExportedComparisons,
  exportedComparisonsSchema,
  type RunComparison,
} from '../../../src/server/messages/compare.js';
import { PATHS } from '../../../src/server/paths.js';
import { csvText } from '../../../src/util/csv.js';
import { href, route, setQuery } from '../route.js';
import { studio } from '../studio.js';
import { save } from '../ui/download.js';
import { useLoaded } from '../ui/loaded.js';
import { NotExported } from '../ui/not-exported.js';
import { Empty, Fault, Skeleton } from '../ui/states.js';
import { Terms } from '../ui/terms.js';
import { useTitle } from '../ui/title.js';
import './compare.css';

export default function ComparePage() {
  useTitle('Compare');
  const ids = (route.value.query.runs ?? '').split(',').filter(Boolean);
  const exported = studio.value?.mode === 'export';
  const list = useLoaded(exported ? PATHS.comparisons : null, exportedComparisonsSchema);
  const present = !exported || (ids.length === 2 && list.data !== null && hasPair(list.data, ids));
  const { data, fault, reload } = useLoaded(
    studio.value && ids.length > 1 && present ? PATHS.compare(ids) : null,
    comparisonSchema,
  );
  const problem = fault ?? list.fault;
  return (
    <>
      <h1>Compare</h1>
      {problem ? (
        <Fault fault={problem} retry={fault ? reload : list.reload} />
      ) : data ? (
        <Compared found={data} ids={ids} />
      ) : exported && list.data && !present ? (
        <OtherPairs list={list.data} chosen={ids.length} />
      ) : ids.length < 2 && !exported ? (
        <Empty title="Fewer than two runs are selected">
          <p>
            Tick two or more in the <a href={href(['runs'])}>list of runs</a>.
          </p>
        </Empty>
      ) : (
        <Skeleton height="70vh" what="The comparison is computed" />
      )}
    </>
  );
}

const hasPair = ({ pairs }: ExportedComparisons, ids: readonly string[]) =>
  pairs.some((pair) => pair.every((id) => ids.includes(id)));

/** What an export compares, where it does not compare the runs that are asked for. */
function OtherPairs({ list, chosen }: { readonly list: ExportedComparisons; readonly chosen: number }) {
  const { runs, pairs, notExported } = list;
  const nameOf = (id: string) => runs.find((run) => run.id === id)?.path ?? id;
  const title =
    chosen === 2
      ? 'These runs are not compared in this export'
      : chosen > 2
        ? 'An export compares two runs at a time'
        : 'Fewer than two runs are selected';
  return (
    <Empty title={title}>
      <p>
        {pairs.length === 0
          ? 'No two runs of this export have folds in common.'
          : 'It has the comparisons of runs that have folds in common:'}
      </p>
      {pairs.length > 0 && (
        <ul>
          {pairs.map(([first, second]) => (
            <li key={`${first} ${second}`}>
              <a href={href(['compare'], { runs: `${first},${second}` })}>
                {nameOf(first)} and {nameOf(second)}
              </a>
            </li>
          ))}
        </ul>
      )}
      <NotExported
        what={
          notExported > 0
            ? `${notExported} further pairs, and more than two runs at once`
            : 'more than two runs at once'
        }
      />
    </Empty>
  );
}

const letter = (r: number) => String.fromCharCode(65 + (r % 26));

function Compared({ found, ids }: { readonly found: RunComparison; readonly ids: readonly string[] }) {
  const { runs, rows, labels, folds, methods, notes } = found;
  return (
    <>
      <p class="lead">
        On {labels.length} held-out {labels.length === 1 ? 'class' : 'classes'} of {folds.length}{' '}
        {folds.length === 1 ? 'fold' : 'folds'} that all of these runs have, paired by class.
      </p>
      <ol class="compared-runs">
        {runs.map(({ id, name, epochs, seeds }, r) => (
          <li key={id}>
            <b>{letter(r)}</b>
            <span>
              <a href={href(['results', id])}>{name}</a>{' '}
              <span class="quiet">
                {epochs} {epochs === 1 ? 'epoch' : 'epochs'}, seed {seeds.join(', ')}
              </span>
            </span>
            {r > 0 && (
              <button
                type="button"
                onClick={() => setQuery({ runs: [id, ...ids.filter((other) => other !== id)].join(',') })}
              >
                Compare with this one
              </button>
            )}
          </li>
        ))}
      </ol>
      {notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
      <div class="row">
        <h2>Means</h2>
        <button type="button" class="tools" onClick={() => save('comparison.csv', csvOf(found))}>
          Save as CSV
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard. */}
      <section class="scrolls" tabIndex={0} aria-label="Means of the runs">
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Measure</th>
              {runs.map(({ id, name }, r) => (
                <th scope="col" key={id} title={name}>
                  {letter(r)}
                </th>
              ))}
              <th scope="col">chance</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ measure, label, values, chance }) => (
              <tr key={measure}>
                <th scope="row">
                  <Terms>{label}</Terms>
                </th>
                {values.map(({ text, best }, r) => (
                  <td key={runs[r].id}>
                    {best ? (
                      <b class="best">
                        {text}
                        <span class="away"> (best)</span>
                      </b>
                    ) : (
                      text
                    )}
                  </td>
                ))}
                <td class="quiet">{chance ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {runs.slice(1).map(({ id, name }, i) => (
        <Differences key={id} found={found} at={i + 1} name={name} />
      ))}
      <p class="quiet methods">{methods}</p>
    </>
  );
}

function Differences({
  found: { rows, runs },
  at,
  name,
}: {
  readonly found: RunComparison;
  readonly at: number;
  readonly name: string;
}) {
  return (
    <>
      <h2>
        {letter(at)} less A{' '}
        <small class="quiet">
          {name} less {runs[0].name}
        </small>
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard. */}
      <section class="scrolls" tabIndex={0} aria-label={`${letter(at)} less A`}>
        <table class="plain-table">
          <thead>
            <tr>
              {['Measure', 'difference', '95 % interval', 'p', 'p (Holm)', 'detectable', ''].map(
                (heading) => (
                  <th scope="col" key={heading}>
                    {heading || <span class="away">verdict</span>}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ measure, label, differences }) => {
              const found = differences[at];
              return (
                <tr key={measure}>
                  <th scope="row">{label}</th>
                  {found ? (
                    <>
                      <td>
                        <b>{found.mean}</b>
                      </td>
                      <td>{found.interval}</td>
                      <td>{found.p}</td>
                      <td>{found.pHolm}</td>
                      <td>{found.detectable}</td>
                      <td class={`verdict ${found.verdict ?? ''}`}>{found.verdict ?? 'not shown'}</td>
                    </>
                  ) : (
                    <td colSpan={6}>n/a</td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </>
  );
}

function csvOf({ runs, rows }: RunComparison): Blob {
  const head = ['measure', ...runs.map(({ name }) => name), 'chance'];
  const text = csvText([
    head,
    ...rows.map(({ label, values, chance }) => [label, ...values.map((value) => value.text), chance]),
  ]);
  return new Blob([text], { type: 'text/csv' });
}
