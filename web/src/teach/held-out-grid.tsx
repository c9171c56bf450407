/** The test images of the held-out classes with the words that the taught network finds for them. */

import { useState } from 'preact/hooks';
import { roughPercent, words as spaced } from '../../../src/util/format.js';
import { Pixels } from '../images/pixels.js';
import { judged, phase, plan } from './teach-state.js';
import { type Judged, NEAR, SIZE, type Verdict, verdict } from './types.js';

const MARKS: Record<Verdict, string> = { right: '✓ right', near: '≈ near', wrong: '✗ wrong' };
const SHOWN_WORDS = 3;

export function HeldOutGrid() {
  const [among, setAmong] = useState<'all' | 'unseen'>('all');
  const { heldOut, data } = plan.value!;
  const all = judged.value;
  if (heldOut.length === 0 || phase.value === 'stopped' || phase.value === 'failed') return null;
  const labels = data.kind === 'shapes' ? data.classes : data.classes.length;
  const candidates = among === 'all' ? labels : heldOut.length;
  const wordsOf = (one: Judged) => (among === 'all' ? one.words : one.unseenWords);
  const right = all.filter((one) => wordsOf(one)[0] === one.label).length;
  return (
    <section class="held-out" aria-labelledby="held-out-title">
      <h2 id="held-out-title">Classes that it never saw</h2>
      {all.length === 0 ? (
        <p class="quiet">
          Their images and the words that the network finds for them appear here when it has finished.
        </p>
      ) : (
        <>
          <fieldset class="row group">
            <legend class="away">Words to choose from</legend>
            <button type="button" aria-pressed={among === 'all'} onClick={() => setAmong('all')}>
              Among all {labels} labels
            </button>
            <button type="button" aria-pressed={among === 'unseen'} onClick={() => setAmong('unseen')}>
              Among the {heldOut.length} held out
            </button>
          </fieldset>
          <p>
            {right} of {all.length} are right ({roughPercent(right / all.length)}); guessing among{' '}
            {candidates}: {roughPercent(1 / candidates)}.{' '}
            <span class="quiet">Near: the true word is among the first {NEAR}.</span>
          </p>
          {heldOut.map((label) => (
            <div key={label}>
              <h3>{spaced(label)}</h3>
              <ul class="grid">
                {all
                  .filter((one) => one.label === label)
                  .map((one, i) => (
                    <Answer key={i} one={one} words={wordsOf(one)} />
                  ))}
              </ul>
            </div>
          ))}
        </>
      )}
    </section>
  );
}

function Answer({ one, words }: { readonly one: Judged; readonly words: readonly string[] }) {
  const mark = verdict(words, one.label);
  return (
    <li class={`answer ${mark}`}>
      <Pixels pixels={one.pixels} size={SIZE} alt={`Test image of ${spaced(one.label)}`} />
      <strong>{MARKS[mark]}</strong>
      <ol>
        {words.slice(0, SHOWN_WORDS).map((word) => (
          <li key={word} class={word === one.label ? 'true' : undefined}>
            {spaced(word)}
          </li>
        ))}
      </ol>
    </li>
  );
}
