/** The class that is pointed at or chosen: its numbers, its word's nearest seen labels, its images with the answers. */

import { useEffect, useState } from 'preact/hooks';
import { SHOW } from '../../../src/report/units.js';
import {
  type ClassImages,
  classImagesSchema,
  type ResultClass,
  type Results,
} from '../../../src/server/messages/results.js';
import { PATHS } from '../../../src/server/paths.js';
import { fixed, words } from '../../../src/util/format.js';
import { route, setQuery } from '../route.js';
import { readJson, SourceError } from '../source.js';
import { sentence } from '../ui/states.js';
import { shownClass } from './pointed.js';

const NUMBERS = 6;
/** Pointers pass over many classes; images are fetched for those that they rest on. */
const REST_MS = 120;

export function ClassPanel({ results, id }: { readonly results: Results; readonly id: string }) {
  const label = shownClass();
  const found = results.classes.find((one) => one.label === label) ?? null;
  const kept = route.value.query.class ?? '';
  return (
    <aside class={`class-panel${found ? ' filled' : ''}`} aria-label="The class pointed at">
      <div class="row tools">
        <select
          aria-label="Show a class"
          value={kept}
          onChange={({ currentTarget }) => setQuery({ class: currentTarget.value })}
        >
          <option value="">Show a class …</option>
          {[...new Set(results.classes.map((one) => one.label))].sort().map((name) => (
            <option key={name} value={name}>
              {words(name)}
            </option>
          ))}
        </select>
        {kept && (
          <button type="button" onClick={() => setQuery({ class: undefined })}>
            Clear
          </button>
        )}
      </div>
      {found ? (
        <Shown found={found} results={results} id={id} />
      ) : label !== null ? (
        <p class="quiet">
          <b>{words(label)}</b> is not among the held-out classes of these folds.
        </p>
      ) : (
        <p class="quiet hint">Point at a class in a figure, table or image; a click keeps it.</p>
      )}
    </aside>
  );
}

function Shown({
  found,
  results,
  id,
}: {
  readonly found: ResultClass;
  readonly results: Results;
  readonly id: string;
}) {
  const { label, superclass, fold, nearest, values } = found;
  const numbers = results.columns.map((column, at) => ({ ...column, value: values[at] })).slice(0, NUMBERS);
  return (
    <>
      <h2>{words(label)}</h2>
      <p class="quiet">
        {superclass && `${words(superclass)}, `}held out in {fold}
      </p>
      <dl class="numbers">
        {numbers.map(({ name, label: what, unit, value }) => (
          <div key={name}>
            <dt>{what}</dt>
            <dd>{SHOW[unit](value)}</dd>
          </div>
        ))}
      </dl>
      <p class="nearest">
        {nearest.length === 0
          ? 'Its word has no direction, so no word is nearest.'
          : `Nearest seen words: ${nearest.map((one) => `${words(one.label)} (${fixed(one.cosine, 2)})`).join(', ')}.`}
      </p>
      <Images index={found.class} label={label} id={id} />
    </>
  );
}

/** Images that were fetched, by their path: pointers come back. */
const fetched = new Map<string, ClassImages>();

function Images({
  index,
  label,
  id,
}: {
  readonly index: number;
  readonly label: string;
  readonly id: string;
}) {
  const path = PATHS.classImages(id, index);
  const [, refresh] = useState(0);
  useEffect(() => {
    if (fetched.has(path)) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      readJson(path, classImagesSchema, stop.signal)
        .catch((error: unknown): ClassImages => {
          const { message, hint } =
            error instanceof SourceError ? error : new SourceError(path, String(error));
          return { images: [], missing: { reason: message, hint } };
        })
        .then((images) => {
          if (stop.signal.aborted) return;
          fetched.set(path, images);
          refresh((turn) => turn + 1);
        });
    }, REST_MS);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path]);
  const found = fetched.get(path);
  if (!found) return <div class="class-images loading" />;
  if (found.missing)
    return (
      <p class="quiet">
        No images: {sentence(found.missing.reason)} {found.missing.hint && sentence(found.missing.hint)}
      </p>
    );
  return (
    <ul class="class-images">
      {found.images.map(({ id: image, png, rank, candidates, words: answers }) => (
        <li key={image}>
          <img
            src={`data:image/png;base64,${png}`}
            alt={`${words(label)}, number ${image} of the test split`}
            width={64}
            height={64}
          />
          <ol>
            {answers.slice(0, 3).map((word) => (
              <li key={word.class} class={word.mark}>
                {words(word.label)}
                {word.mark === 'right' && <span class="away"> (the right word)</span>}
              </li>
            ))}
          </ol>
          <small class="quiet">
            {fixed(rank, Number.isInteger(rank) ? 0 : 1)} of {candidates}
          </small>
        </li>
      ))}
    </ul>
  );
}
