/** Whether a checkpoint may be gone on from. */

import { createHash } from 'node:crypto';
import type { Normalisation } from '../data/index.js';
import { bytesOf } from '../formats/index.js';
import { LexelError } from '../util/errors.js';
import type { Checkpoint, CheckpointState } from './checkpoint.js';
import { pickTrainConfig } from './config.js';
import { DriftError, drift } from './drift.js';
import type { FoldOptions } from './options.js';
import type { EngineId } from './schema.js';

/** Hash of everything that decides the bits of a run, the engine aside. */
export function identify(options: FoldOptions, normalisation: Normalisation): string {
  const { dataset, vectors, recipe, control, network, fold, config, seed } = options;
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify({
      recipe,
      control,
      network,
      fold,
      config: pickTrainConfig(config),
      seed,
      data: dataset.orderedHash,
      normalisation,
    }),
  );
  hash.update(bytesOf(vectors));
  return hash.digest('hex');
}

/**
 * @throws LexelError when the checkpoint is another run's, or another engine's without `allowDrift`
 */
export function checkResumable(
  { state }: Checkpoint,
  wanted: CheckpointState & EngineId,
  allowDrift: boolean,
): void {
  if (state.identity !== wanted.identity) {
    throw new LexelError(
      `fold ${wanted.fold}: its checkpoint belongs to a run with ${otherThan(state, wanted)}`,
      'resume with the settings of the run, or give another --out',
    );
  }
  const other = drift(state, wanted);
  if (other && !allowDrift) {
    throw new DriftError(
      `fold ${wanted.fold}: it was trained on ${other}: the result would not be the same bits`,
      'resume on the same backend, build and kind of machine, or accept it with --allow-drift',
    );
  }
}

/** What differs, as far as the checkpoint says. */
function otherThan(state: CheckpointState, wanted: CheckpointState): string {
  if (!state.normalisation) return 'the normalisation of the whole data set (an earlier version of Lexel)';
  if (
    state.dataset?.hash === wanted.dataset?.hash &&
    state.dataset?.orderedHash !== wanted.dataset?.orderedHash
  )
    return 'the same images in another order';
  if (JSON.stringify(state.normalisation) !== JSON.stringify(wanted.normalisation))
    return 'another normalisation';
  return 'other settings, data or words';
}
