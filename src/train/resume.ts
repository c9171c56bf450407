/** Resuming from a checkpoint, after checking that it is complete and belongs to this run. */

import type { Normalisation } from '../data/image-statistics.js';
import type { Trainer } from '../engine/types.js';
import { bytesOf } from '../formats/bytes.js';
import { FormatError, LexelError } from '../util/errors.js';
import { Sha256 } from '../util/sha256.js';
import type { Checkpoint, CheckpointState, StoredCheckpoint } from './checkpoint.js';
import { pickTrainConfig, type TrainConfig } from './config.js';
import { DriftError, drift } from './drift.js';
import type { FoldTraining } from './options.js';
import type { EngineId } from './schema.js';

/** Hash of everything that determines the bits of a run, except the engine. */
export function identify(options: FoldTraining, normalisation: Normalisation): string {
  const { dataset, vectors, recipe, control, network, fold, config, seed } = options;
  const hash = new Sha256();
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
  return hash.hex();
}

/** Properties that a checkpoint of this run must have. */
export interface WantedCheckpoint {
  readonly state: CheckpointState & EngineId;
  readonly batch: number;
  readonly stepsPerEpoch: number;
  /** Number of values in the held-out outputs of one epoch. */
  readonly outputs: number;
  readonly config: Pick<TrainConfig, 'validationShare' | 'keepBest'>;
}

export interface Resumed {
  readonly state: Pick<CheckpointState, 'epoch' | 'seconds' | 'images' | 'best'>;
  readonly kept: Checkpoint['kept'];
  readonly best: Checkpoint['best'];
  /** Warnings for the user. */
  readonly warnings: readonly string[];
}

/** Where a run keeps its checkpoints. */
export interface Checkpoints {
  /** Loads the last checkpoint into the trainer; null if there is none. Throws like {@link resumeFrom}. */
  resume(trainer: Trainer, wanted: WantedCheckpoint): Promise<Resumed | null>;
  /** Called after every epoch. The arrays are valid until it returns, or until its promise resolves. */
  save(checkpoint: Checkpoint): void | Promise<void>;
}

/**
 * Loads a checkpoint into the trainer.
 * @throws FormatError if the checkpoint is damaged; LexelError if it belongs to another run, or to another engine without
 *   `allowDrift`
 */
export async function resumeFrom(
  found: StoredCheckpoint,
  trainer: Trainer,
  wanted: WantedCheckpoint,
  allowDrift: boolean,
): Promise<Omit<Resumed, 'warnings'>> {
  checkResumable(found, wanted.state, allowDrift);
  await checkWhole(found, trainer, wanted);
  await loadInto(trainer, found);
  const { epoch, seconds, images, best } = found.state;
  return { state: { epoch, seconds, images, ...(best && { best }) }, kept: found.kept, best: found.best };
}

/**
 * @throws FormatError if the checkpoint's arrays, lengths or counts do not fit this run at the checkpoint's
 *   epoch
 */
async function checkWhole(
  { file, state, trainer: arrays, kept, best }: StoredCheckpoint,
  trainer: Trainer,
  { state: wanted, batch, stepsPerEpoch, outputs, config }: WantedCheckpoint,
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
  if ((state.best === undefined) !== (config.validationShare === undefined))
    throw damaged(
      `${state.best ? 'has' : 'lacks'} a best epoch, but validation is ${state.best ? 'off' : 'on'}`,
    );
  const earlier = state.best !== undefined && config.keepBest === true && state.best.epoch < state.epoch;
  const weights = earlier ? [...(await trainer.weights({ shared: true }))] : [];
  const missing = weights.find(([name, { shape }]) => best?.get(name)?.shape.join() !== shape.join());
  if (missing || (best?.size ?? 0) > weights.length)
    throw damaged(
      `the weights of its best epoch ${missing ? `lack ${missing[0]}` : 'have arrays that do not belong there'}`,
    );
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
