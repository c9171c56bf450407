/** Words in order of their cosine, each marked as seen, unseen or no label. */

import type { RankedLabel } from '../../../src/browser/index.js';
import { fixed, words as spaced } from '../../../src/util/format.js';
import { model } from './try-state.js';

export function WordList({ words }: { readonly words: readonly RankedLabel[] }) {
  const open = model.value;
  const labels = new Set(open.state === 'open' ? open.facts.labels : []);
  return (
    <table class="word-list">
      <thead>
        <tr>
          <th scope="col">Word</th>
          <th scope="col">Cosine</th>
          <th scope="col">In training</th>
        </tr>
      </thead>
      <tbody>
        {words.map(({ label, score, unseen }) => (
          <tr key={label}>
            <th scope="row">{spaced(label)}</th>
            <td class="score">
              <meter min={0} max={1} value={Math.max(0, score)} aria-hidden="true" />
              <data value={score}>{fixed(score, 2)}</data>
            </td>
            <td>{unseen ? <mark>never seen</mark> : labels.has(label) ? 'seen' : 'no label'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
