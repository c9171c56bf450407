/** The choice of a model, and what it is. */

import { useRef } from 'preact/hooks';
import { words as spaced } from '../../../src/util/format.js';
import { route, setQuery } from '../route.js';
import { NotExported } from '../ui/not-exported.js';
import { BUNDLED } from './model-choice.js';
import { listed, model, openFile } from './try-state.js';
import type { ModelFacts } from './try-worker.js';

export function ModelBar() {
  const chooser = useRef<HTMLInputElement>(null);
  const chosen = route.value.query.model ?? BUNDLED;
  const { groups = [], notExported = 0 } = listed.value ?? {};
  const isListed = groups.some(({ choices }) => choices.some(({ id }) => id === chosen));
  return (
    <section class="model-bar" aria-label="Model">
      <label for="model">Model</label>
      <div class="row">
        <select
          id="model"
          value={chosen}
          onChange={({ currentTarget }) => {
            const { value } = currentTarget;
            if (value !== 'file') setQuery({ model: value === BUNDLED ? undefined : value });
          }}
        >
          {!isListed && <option value={chosen}>{chosen === 'file' ? 'A file of yours' : chosen}</option>}
          {groups.map(({ heading, choices }) => (
            <optgroup key={heading} label={heading}>
              {choices.map(({ id, name }) => (
                <option key={id} value={id}>
                  {spaced(name)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
        <button type="button" onClick={() => chooser.current?.click()}>
          Open a file…
        </button>
      </div>
      <input
        ref={chooser}
        type="file"
        accept=".safetensors"
        hidden
        aria-label="Model file"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) openFile(file);
          currentTarget.value = '';
        }}
      />
      {notExported > 0 && (
        <NotExported what={`${notExported} ${notExported === 1 ? 'model' : 'models'} of the runs`} />
      )}
      <Facts />
    </section>
  );
}

function Facts() {
  const state = model.value;
  if (state.state === 'opening') return <p class="quiet facts">Opening…</p>;
  if (state.state === 'failed') {
    return (
      <p role="alert" class="facts">
        {state.problem.message}
        {state.problem.hint && <span class="quiet"> {state.problem.hint}</span>}
      </p>
    );
  }
  return <p class="quiet facts">{sentence(state.facts)}</p>;
}

function sentence({ net, size, labels, heldOut, dataset, recipe }: ModelFacts): string {
  const seen = labels.length - heldOut.length;
  const unseen =
    heldOut.length === 0
      ? 'None was held out.'
      : `Never seen: ${heldOut.slice(0, 12).map(spaced).join(', ')}${heldOut.length > 12 ? ` and ${heldOut.length - 12} more` : ''}.`;
  return `${net}, ${size} × ${size} pixels, recipe ${recipe}; trained on ${seen} classes of ${dataset}. ${unseen}`;
}
