/** Which words may be the answer. The address holds the choice. */

import { useState } from 'preact/hooks';
import { route, setQuery } from '../route.js';
import { answers } from './try-state.js';

type Kind = 'labels' | 'words' | 'vocab';

const VOCAB = '10000';

export function Candidates() {
  const { words, vocab } = route.value.query;
  const [kind, setKind] = useState<Kind>(words ? 'words' : vocab ? 'vocab' : 'labels');
  const choose = (next: Kind) => {
    setKind(next);
    setQuery({
      words: next === 'words' ? words : undefined,
      vocab: next === 'vocab' ? (vocab ?? VOCAB) : undefined,
    });
  };
  const option = (value: Kind, text: string) => (
    <label class="option">
      <input type="radio" name="candidates" checked={kind === value} onChange={() => choose(value)} />
      {text}
    </label>
  );
  const found = answers.value;
  const without = found && 'without' in found ? found.without : [];
  return (
    <fieldset class="candidates">
      <legend>Words to choose from</legend>
      {option('labels', "The model's labels")}
      {option('words', 'Words of your own')}
      {kind === 'words' && (
        <label class="field">
          <span>Any words, separated by commas</span>
          <textarea
            rows={2}
            placeholder="fox, castle, lighthouse"
            value={words ?? ''}
            onChange={({ currentTarget }) => setQuery({ words: currentTarget.value.trim() || undefined })}
          />
        </label>
      )}
      {without.map(({ word, near }) => (
        <p key={word} class="without">
          “{word}” has no vector and is left out. {near}
        </p>
      ))}
      {option('vocab', 'The labels and the most frequent words of English')}
      {kind === 'vocab' && (
        <label class="field">
          <span>How many</span>
          <input
            type="number"
            min="1"
            max="14180"
            step="1"
            value={vocab ?? VOCAB}
            onChange={({ currentTarget }) => {
              if (currentTarget.reportValidity()) setQuery({ vocab: currentTarget.value || undefined });
            }}
          />
        </label>
      )}
    </fieldset>
  );
}
