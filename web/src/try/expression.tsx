/** Arithmetic with images and words: "img:1 - cat + dog". */

import { useState } from 'preact/hooks';
import type { RankedLabel } from '../../../src/browser/index.js';
import { route, setQuery } from '../route.js';
import { type Problem, problemOf } from '../workers/link.js';
import { readImages, search } from './try-state.js';
import { WordList } from './word-list.js';

const EXAMPLE = 'img:1 - cat + dog';

export function Expression() {
  const [found, setFound] = useState<readonly RankedLabel[] | Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const text = route.value.query.sum ?? '';
  const none = readImages.value.length === 0;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFound(await search(text || EXAMPLE).catch(problemOf));
    setBusy(false);
  };
  return (
    <section class="expression" aria-labelledby="sum-title">
      <h2 id="sum-title">Image − word + word</h2>
      <p class="quiet">
        <code>img:1</code> is the first image. Word vectors are added and subtracted; the words nearest to the
        result follow.
      </p>
      <form class="row" onSubmit={submit}>
        <label class="grow">
          <span class="away">Expression</span>
          <input
            type="text"
            spellcheck={false}
            autocomplete="off"
            placeholder={EXAMPLE}
            value={text}
            onInput={({ currentTarget }) => setQuery({ sum: currentTarget.value || undefined })}
          />
        </label>
        <button type="submit" disabled={none || busy}>
          Find words
        </button>
      </form>
      {none && <p class="quiet">Give an image first.</p>}
      <div aria-live="polite">
        {found && 'message' in found && (
          <p role="alert">
            {found.message} <span class="quiet">{found.hint}</span>
          </p>
        )}
        {Array.isArray(found) && <WordList words={found} />}
      </div>
    </section>
  );
}
