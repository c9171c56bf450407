/** A cell for each fold, which fills as it trains. Arrow keys move; Enter or a click selects for the curves. */

import { useRef, useState } from 'preact/hooks';
import type { LiveFold } from '../../../src/server/messages/live.js';
import { words } from '../../../src/util/format.js';

const TEXTS: Record<LiveFold['state'], string> = {
  waiting: 'waiting',
  training: 'training',
  paused: 'paused',
  elsewhere: 'training elsewhere',
  unfinished: 'stopped',
  finished: 'finished',
  failed: 'failed',
};

/** So that no state is told by its colour alone. */
const SYMBOLS: Record<LiveFold['state'], string> = {
  waiting: '·',
  training: '▸',
  paused: 'Ⅱ',
  elsewhere: '▸',
  unfinished: '■',
  finished: '✓',
  failed: '✗',
};

/** The name of a fold: its class if it holds out only one. */
export const foldName = ({ id, heldOut }: LiveFold): string =>
  heldOut.length === 1 ? words(heldOut[0]) : id;

/** The state, with the worker that trains the fold. */
const stateOf = ({ state, worker }: LiveFold): string =>
  worker ? `training on ${worker.host}, process ${worker.pid}` : TEXTS[state];

const epochOf = ({ points }: LiveFold) => points.at(-1)?.epoch ?? 0;

export interface FoldGridProps {
  readonly folds: readonly LiveFold[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

export function FoldGrid({ folds, chosen, onChoose }: FoldGridProps) {
  const [at, setAt] = useState(0);
  const cells = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const columns = getComputedStyle(cells.current!).gridTemplateColumns.split(' ').length;
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(folds.length - 1, at + step));
    setAt(next);
    (cells.current!.children[next] as HTMLElement).focus();
  };
  const counts = new Map<LiveFold['state'], number>();
  for (const { state } of folds) counts.set(state, (counts.get(state) ?? 0) + 1);
  return (
    <section aria-labelledby="folds-title">
      <div class="row">
        <h2 id="folds-title">Folds</h2>
        <span class="quiet">
          {[...counts].map(([state, count]) => `${count} ${TEXTS[state]}`).join(', ')}. Each holds out other
          classes.
        </span>
        {chosen.size > 0 && (
          <button type="button" onClick={() => onChoose(new Set())}>
            Show all folds again
          </button>
        )}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a set of toggles, of which one is in the order of Tab. */}
      <div
        class={`folds${folds.length > 40 ? ' many' : ''}`}
        role="group"
        aria-labelledby="folds-title"
        ref={cells}
        onKeyDown={move}
      >
        {folds.map((fold, i) => (
          <button
            key={fold.id}
            type="button"
            class={`fold-cell ${fold.state}`}
            aria-pressed={chosen.has(fold.id)}
            // Begins with the visible text, so that it can be said to a computer that listens.
            aria-label={`${foldName(fold)} ${epochOf(fold)}/${fold.epochs}, ${stateOf(fold)}`}
            data-tip={`${foldName(fold)}\n${stateOf(fold)}, epoch ${epochOf(fold)} of ${fold.epochs}\nholds out ${fold.heldOut.map(words).join(', ')}`}
            tabIndex={i === at ? 0 : -1}
            style={{ '--done': `${(100 * epochOf(fold)) / Math.max(1, fold.epochs)}%` }}
            onFocus={() => setAt(i)}
            onClick={() => {
              const next = new Set(chosen);
              if (!next.delete(fold.id)) next.add(fold.id);
              onChoose(next);
            }}
          >
            <span class="name">
              <span aria-hidden="true">{SYMBOLS[fold.state]}</span> {foldName(fold)}
            </span>{' '}
            <small>
              {epochOf(fold)}/{fold.epochs}
            </small>
          </button>
        ))}
      </div>
    </section>
  );
}
