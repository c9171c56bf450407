/** Resuming from a checkpoint, after checking that it is complete and belongs to this run. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Normalisation } from '../data/index.js';
import type { Trainer } from '../engine/index.js';
import { bytesOf, withoutChecksum } from '../formats/index.js';
import { FormatError, LexelError } from '../util/errors.js';
import {
  type Checkpoint,
  type CheckpointState,
  checkpointFiles,
  promotePrevious,
  readCheckpoint,
  type StoredCheckpoint,
} from './checkpoint.js';
import { pickTrainConfig } from './config.js';
import { DriftError, drift } from './drift.js';
import type { FoldOptions } from './options.js';
import type { EngineId } from './schema.js';

/** Hash of everything that determines the bits of a run, except the engine. */
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

/** Properties that a checkpoint of this run must have. */
export interface WantedCheckpoint {
  readonly state: CheckpointState & EngineId;
  readonly batch: number;
  readonly stepsPerEpoch: number;
  /** Number of values in the held-out outputs of one epoch. */
  readonly outputs: number;
}

export interface Resumed extends Pick<CheckpointState, 'epoch' | 'seconds' | 'images'> {
  readonly kept: Checkpoint['kept'];
  /** Warnings for the user. */
  readonly warnings: readonly string[];
}

/**
 * Loads the fold's last checkpoint into the trainer, or the previous one if the last is damaged.
 * @returns null if there is no checkpoint
 * @throws FormatError if all existing checkpoints are damaged; LexelError if the checkpoint belongs to another
 *   run, or to another engine without `allowDrift`
 */
export async function resume(
  { checkpoint: prefix, allowDrift = false }: Pick<FoldOptions, 'checkpoint' | 'allowDrift'>,
  trainer: Trainer,
  wanted: WantedCheckpoint,
): Promise<Resumed | null> {
  if (prefix === undefined) return null;
  const candidates = checkpointFiles(prefix);
  const damage: FormatError[] = [];
  for (const file of candidates.filter((name) => existsSync(name))) {
    try {
      const found = readCheckpoint(file);
      checkResumable(found, wanted.state, allowDrift);
      await checkWhole(found, trainer, wanted);
      await loadInto(trainer, found);
      const [last] = candidates;
      if (file !== last) promotePrevious(prefix, found);
      const { epoch, seconds, images } = found.state;
      const warnings = file === last ? [] : [passedOver(last, damage[0], epoch)];
      if (found.checksum === null) warnings.push(withoutChecksum(file));
      return { epoch, seconds, images, kept: found.kept, warnings };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      damage.push(error);
    }
  }
  if (damage.length === 0) return null;
  const [first, second] = damage;
  throw new FormatError(
    first.file,
    `${first.problem}${second ? `; and ${second.message}` : ''}`,
    `remove ${damage.map(({ file }) => file).join(' and ')}; --resume and --retry then train the fold again from the start`,
  );
}

function passedOver(last: string, damage: FormatError | undefined, epoch: number): string {
  const why = damage
    ? `${damage.message}; it is skipped`
    : `${last} is missing, perhaps because a process ended while replacing it`;
  return `${why}. Training resumes from the previous checkpoint, of epoch ${epoch}; the result is the same, bit for bit.`;
}

/**
 * @throws FormatError if the checkpoint's arrays, lengths or counts do not fit this run at the checkpoint's
 *   epoch
 */
async function checkWhole(
  { file, state, trainer: arrays, kept }: StoredCheckpoint,
  trainer: Trainer,
  { state: wanted, batch, stepsPerEpoch, outputs }: WantedCheckpoint,
): Promise<void> {
  const damaged = (problem: string) => new FormatError(file, problem);
  for (const name of ['fold', 'seed', 'epochs'] as const) {
    if (state[name] !== wanted[name]) throw damaged(`has ${name} ${state[name]} instead of ${wanted[name]}`);
  }
  const steps = state.epoch * stepsPerEpoch;
  const counts = [
    ['images', state.images, steps * batch],
    ['steps', arrays.get('optimizer.step')?.data[0], steps],
  ] as const;
  for (const [what, found, right] of counts) {
    if (found !== right)
      throw damaged(`counts ${found ?? 0} ${what} at epoch ${state.epoch} instead of ${right}`);
  }
  const names = new Set(['epoch0', 'epoch1']);
  for (const name of [...names, ...kept.keys()]) {
    const length = kept.get(name)?.length;
    if (!names.has(name)) throw damaged(`holds outputs of ${name}, which checkpoints do not contain`);
    if (length !== outputs)
      throw damaged(`has ${length ?? 0} of the ${outputs} values of the outputs of ${name}`);
  }
  const known = await trainer.state({ shared: true });
  const stray = [...arrays.keys()].find((name) => !known.has(name));
  if (stray !== undefined) throw damaged(`holds an array ${stray}, which this network does not have`);
}

/** @throws FormatError if an array is missing or has the wrong shape */
async function loadInto(trainer: Trainer, { file, trainer: arrays }: StoredCheckpoint): Promise<void> {
  try {
    await trainer.load(arrays);
  } catch (error) {
    if (!(error instanceof LexelError)) throw error;
    throw new FormatError(file, error.hint ? `${error.message}: ${error.hint}` : error.message);
  }
}

/** @throws LexelError if the checkpoint belongs to another run, or to another engine without `allowDrift` */
function checkResumable(
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
      `fold ${wanted.fold}: it was trained on ${other}: the result would differ in its last bits`,
      'resume on the same backend, build and kind of machine, or accept it with --allow-drift',
    );
  }
}

/** What differs, as far as it can be determined from the checkpoint. */
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
