/** The state of a run or fold, in words, colour and a bar. */

import type { RunListing, RunState } from '../../../src/server/messages/runs.js';
import './state.css';

const TEXTS: Record<RunState, string> = {
  finished: 'finished',
  training: 'training',
  paused: 'paused',
  elsewhere: 'training elsewhere',
  unfinished: 'stopped',
  failed: 'failed',
  broken: 'cannot be read',
};

export const stateText = (state: RunState): string => TEXTS[state];

/** With the share of the epochs that are trained, and folds. */
export function RunProgress({ run: { state, progress, folds } }: { readonly run: RunListing }) {
  if (state === 'broken') return <span class="state broken">{TEXTS.broken}</span>;
  const failed = folds.failed > 0 ? `, ${folds.failed} failed` : '';
  const text = `${folds.finished} of ${folds.total} ${folds.total === 1 ? 'fold' : 'folds'}${failed}`;
  return (
    <span class={`state ${state}`}>
      {TEXTS[state]}
      <progress
        max={1}
        value={progress}
        aria-label={`${Math.floor(progress * 100)} % of the epochs are trained`}
      />
      <small>{text}</small>
    </span>
  );
}
