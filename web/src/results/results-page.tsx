/**
 * The evidence of a run. It opens with the result in one sentence and its numbers next to chance; then every figure and
 * table of the report. A class that is pointed at, anywhere, lights up everywhere and is told in the panel. The address
 * holds class, section and reading.
 */

import { useEffect, useState } from 'preact/hooks';
import { type Results, resultsSchema } from '../../../src/server/messages/results.js';
import { PATHS } from '../../../src/server/paths.js';
import { href, route, setQuery } from '../route.js';
import { readBytes } from '../source.js';
import { save } from '../ui/download.js';
import { useLoaded } from '../ui/loaded.js';
import { MeasuredTile } from '../ui/measured.js';
import { NotExported } from '../ui/not-exported.js';
import { Fault, Skeleton } from '../ui/states.js';
import { Terms } from '../ui/terms.js';
import { useTitle } from '../ui/title.js';
import { ClassPanel } from './class-panel.js';
import { ClassTable } from './class-table.js';
import { Evidence } from './evidence.js';
import { followPointer } from './pointed.js';
import './results.css';

/** The numbers at the head, in this order; the rest stands in the first section. */
const HEAD = ['heldOutHit1', 'heldOutHit5', 'hit5', 'rank', 'centredCosine', 'calibratedSkill'];

export default function ResultsPage() {
  const id = route.value.path[1] ?? '';
  const { reading } = route.value.query;
  const { data, fault, reload } = useLoaded(PATHS.results(id, reading), resultsSchema);
  useTitle(data ? data.title : 'Results');
  if (data) return <Shown results={data} id={id} />;
  if (fault)
    return (
      <>
        <h1>Results</h1>
        <Fault fault={fault} retry={reload} />
        <p class="row">
          <a href={href(['run', id])}>How far the run is</a>
          {reading && (
            <button type="button" onClick={() => setQuery({ reading: undefined })}>
              The network's own reading
            </button>
          )}
          <a href={href(['runs'])}>All runs</a>
        </p>
      </>
    );
  return (
    <>
      <h1>Results</h1>
      <p class="quiet">The statistics are computed; for a run of 100 classes this takes some seconds.</p>
      <Skeleton height="80vh" what="The results are computed" />
    </>
  );
}

function Shown({ results, id }: { readonly results: Results; readonly id: string }) {
  const { title, lead, plain, notes, headline, ranks, images, chapters, notExported = [] } = results;
  useEffect(() => followPointer(document.getElementById('results')!), []);
  const { section } = route.value.query;
  useEffect(() => {
    if (section) document.getElementById(`section-${section}`)?.scrollIntoView();
  }, [id]);
  const own = chapters.flatMap(({ sections }) => sections.map((one) => ({ id: one.id, title: one.title })));
  return (
    <div id="results" class="results">
      <div class="results-main">
        <div class="row">
          <div>
            <h1>{title}</h1>
            <p class="lead">{lead}</p>
          </div>
          <div class="row end">
            <a class="button" href={href(['map', id])}>
              Map
            </a>
            <a class="button" href={href(['run', id])}>
              Training
            </a>
          </div>
        </div>
        <p class="result">{plain}</p>
        <dl class="tiles">
          {HEAD.flatMap((measure) => {
            const number = headline.find((one) => one.measure === measure);
            if (!number || number.value === null) return [];
            return <MeasuredTile key={measure} of={number} label={number.label} />;
          })}
        </dl>
        <nav class="jump" aria-label="Sections">
          <ReadingChoice results={results} />
          <label>
            <span class="away">Go to a section</span>
            <select
              value=""
              onChange={({ currentTarget }) => {
                const name = currentTarget.value;
                currentTarget.value = '';
                setQuery({ section: name });
                document.getElementById(`section-${name}`)?.scrollIntoView();
              }}
            >
              <option value="">Go to a section …</option>
              {own.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.title}
                </option>
              ))}
              <option value="every-class">All numbers of every class</option>
            </select>
          </label>
          <Save id={id} name="classes" label="Classes as CSV" />
          <Save id={id} name="zero-shot" label="Zero-shot as CSV" />
        </nav>
        {notExported.length > 0 && <NotExported what={`the readings ${notExported.join(', ')}`} />}
        <Evidence html={ranks + images} figures={results.figures} id={id} />
        {notes.map((note) => (
          <p key={note} class="note">
            {note}
          </p>
        ))}
        <section id="section-every-class">
          <h2>Every held-out class</h2>
          <p class="quiet">Sort by any number, or filter; point at a class to see it in all figures.</p>
          <ClassTable results={results} id={id} />
        </section>
        {chapters.map((chapter) => (
          <section key={chapter.id}>
            <h2>{chapter.title}</h2>
            {chapter.sections.map(({ id: name, title: heading, plain: says, html }) => (
              <section key={name} id={`section-${name}`} class="part">
                <h3>{heading}</h3>
                <p class="quiet">
                  <Terms>{says}</Terms>
                </p>
                <Evidence html={html} figures={results.figures} id={id} />
              </section>
            ))}
          </section>
        ))}
      </div>
      <ClassPanel results={results} id={id} />
    </div>
  );
}

function Save({
  id,
  name,
  label,
}: {
  readonly id: string;
  readonly name: 'classes' | 'zero-shot';
  readonly label: string;
}) {
  const [fault, setFault] = useState('');
  const load = async () => {
    try {
      const bytes = await readBytes(PATHS.csv(id, name, route.peek().query.reading));
      save(`${id}-${name}.csv`, new Blob([bytes], { type: 'text/csv' }));
      setFault('');
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <button type="button" onClick={load}>
      {label}
      {fault && `: ${fault}`}
    </button>
  );
}

function ReadingChoice({ results: { readings, reading } }: { readonly results: Results }) {
  if (readings.length < 2) return null;
  return (
    <label class="row">
      <span>Reading</span>
      <select
        value={reading}
        onChange={({ currentTarget }) => {
          const chosen = readings.find(({ name }) => name === currentTarget.value);
          setQuery({ reading: chosen?.own ? undefined : chosen?.name });
        }}
      >
        {readings.map(({ name, own }) => (
          <option key={name} value={name}>
            {name}
            {own ? ' (the network’s own)' : ''}
          </option>
        ))}
      </select>
    </label>
  );
}
