/** What the selected folds hold out, and their numbers after the last epoch. */

import type { LiveFold } from '../../../src/server/messages/live.js';
import { fixed, percent, words } from '../../../src/util/format.js';
import { foldName } from './fold-grid.js';

const SHOWN = 6;

export function FoldDetails({ folds }: { readonly folds: readonly LiveFold[] }) {
  return (
    <section class="fold-details" aria-label="Selected folds">
      {folds.length === 0 ? (
        <p class="quiet">
          Select folds above to see their curves alone, the classes that they hold out and their numbers.
        </p>
      ) : (
        folds.slice(0, SHOWN).map((fold) => <Details key={fold.id} fold={fold} />)
      )}
      {folds.length > SHOWN && (
        <p class="quiet">
          {SHOWN} of {folds.length} selected folds.
        </p>
      )}
    </section>
  );
}

function Details({ fold }: { readonly fold: LiveFold }) {
  const { heldOut, points, meanVectorLoss, epochs, imagesPerSecond, worker } = fold;
  const last = points.at(-1);
  const numbers: [string, string][] = [
    ['epoch', `${last?.epoch ?? 0} of ${epochs}`],
    ['held-out loss', fixed(last?.loss ?? null, 4)],
    ['mean-vector loss', fixed(meanVectorLoss, 4)],
    ['skill', fixed(last?.skill ?? null, 3)],
    ['rank', fixed(last?.rank ?? null, 2)],
    ['hit@5', percent(last?.hit5 ?? null)],
    ['images/s', fixed(imagesPerSecond, 0)],
  ];
  return (
    <div class="box">
      <h3>{foldName(fold)}</h3>
      <p class="quiet">holds out {heldOut.map(words).join(', ')}</p>
      {worker && (
        <p class="quiet">
          trained by process {worker.pid} on {worker.host}
        </p>
      )}
      <dl>
        {numbers.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
