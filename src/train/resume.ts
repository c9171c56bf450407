/** Going on from a checkpoint: whether it is whole, and whether it is this run's. */

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

/** What a checkpoint of this run has to fit. */
export interface WantedCheckpoint {
  readonly state: CheckpointState & EngineId;
  readonly batch: number;
  readonly stepsPerEpoch: number;
  /** Numbers of one epoch's held-out outputs. */
  readonly outputs: number;
}

export interface Resumed extends Pick<CheckpointState, 'epoch' | 'seconds' | 'images'> {
  readonly kept: Checkpoint['kept'];
  /** What the user should know. */
  readonly warnings: readonly string[];
}

/**
 * Goes on from the fold's last checkpoint, or from the one before it where the last is damaged: loads it into the trainer.
 * @returns null where there is none
 * @throws FormatError when every checkpoint that is there is damaged; LexelError when it is another run's, or another engine's without
 *   `allowDrift`
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
    `remove ${damage.map(({ file }) => file).join(' and ')}: with --resume and --retry the fold is then trained again from its start`,
  );
}

function passedOver(last: string, damage: FormatError | undefined, epoch: number): string {
  const why = damage
    ? `${damage.message}; it is passed over`
    : `${last} is missing, as when a process ends while it is replaced`;
  return `${why}. Training goes on from the checkpoint before it, of epoch ${epoch}, and ends in the same bits.`;
}

/** @throws FormatError when it has not the arrays, lengths and counts that a checkpoint of this run has after its epoch */
async function checkWhole(
  { file, state, trainer: arrays, kept }: StoredCheckpoint,
  trainer: Trainer,
  { state: wanted, batch, stepsPerEpoch, outputs }: WantedCheckpoint,
): Promise<void> {
  const damaged = (problem: string) => new FormatError(file, problem);
  for (const name of ['fold', 'seed', 'epochs'] as const) {
    if (state[name] !== wanted[name]) throw damaged(`is of ${name} ${state[name]}, not ${wanted[name]}`);
  }
  const steps = state.epoch * stepsPerEpoch;
  const counts = [
    ['images', state.images, steps * batch],
    ['steps', arrays.get('optimizer.step')?.data[0], steps],
  ] as const;
  for (const [what, found, right] of counts) {
    if (found !== right)
      throw damaged(`is of epoch ${state.epoch} after ${found} ${what}, which takes ${right}`);
  }
  const names = new Set(['epoch0', 'epoch1']);
  for (const name of [...names, ...kept.keys()]) {
    const length = kept.get(name)?.length;
    if (!names.has(name)) throw damaged(`holds the outputs of ${name}, which no checkpoint keeps`);
    if (length !== outputs)
      throw damaged(`${length ?? 'none'} of the ${outputs} numbers of the outputs of ${name} are there`);
  }
  const known = await trainer.state({ shared: true });
  const stray = [...arrays.keys()].find((name) => !known.has(name));
  if (stray !== undefined) throw damaged(`holds an array ${stray}, which this network has not`);
}

/** @throws FormatError when an array is missing or has another shape */
async function loadInto(trainer: Trainer, { file, trainer: arrays }: StoredCheckpoint): Promise<void> {
  try {
    await trainer.load(arrays);
  } catch (error) {
    if (!(error instanceof LexelError)) throw error;
    throw new FormatError(file, error.hint ? `${error.message}: ${error.hint}` : error.message);
  }
}

/**
 * @throws LexelError when the checkpoint is another run's, or another engine's without `allowDrift`
 */
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
