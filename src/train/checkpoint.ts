/**
 * Where a run stands after its last whole epoch: tensors in safetensors, the rest as JSON. The JSON travels inside
 * the safetensors file's metadata, so that one atomic rename replaces both; the .json beside it is a copy for people.
 * The checkpoint before it is kept, and gone on from where the last one is damaged. A resumed run redoes the epochs that
 * were cut and ends in the same bits, since nothing random has a state.
 */

import { existsSync, renameSync, rmSync } from 'node:fs';
import { z } from 'zod';
import type { StateDict } from '../engine/index.js';
import { readSafetensors, type Tensor, writeFileAtomic, writeSafetensors } from '../formats/index.js';
import { FormatError, LexelError } from '../util/errors.js';
import { checkNumbers } from './array-check.js';
import { beganOnSchema, normalisationSchema } from './schema.js';

const VERSION = 1;

const checkpointSchema = z
  .object({
    format: z.literal('lexel-checkpoint'),
    version: z.literal(VERSION),
    fold: z.string(),
    seed: z.int().nonnegative(),
    /** Last finished epoch, from 1. */
    epoch: z.int().nonnegative(),
    epochs: z.int().nonnegative(),
    /** Everything that decides the bits of the result; a different text refuses to resume. */
    identity: z.string(),
    /** Seconds of training so far, and images trained on in them. */
    seconds: z.number().nonnegative(),
    images: z.int().nonnegative(),
    ...beganOnSchema.shape,
    /** These two are absent from checkpoints of earlier versions. */
    normalisation: normalisationSchema.optional(),
    dataset: z.object({ hash: z.string(), orderedHash: z.string() }).optional(),
  })
  .refine(({ epoch, epochs }) => epoch <= epochs, 'its epoch is beyond its last one');

/** The JSON part of a checkpoint. */
export type CheckpointState = z.infer<typeof checkpointSchema>;

/** A checkpoint in memory. */
export interface Checkpoint {
  readonly state: CheckpointState;
  readonly trainer: StateDict;
  /** The held-out outputs by "epoch0", "epoch1", each float32 [n * dimension]. */
  readonly kept: ReadonlyMap<string, Float32Array>;
}

/** One that was read. */
export interface StoredCheckpoint extends Checkpoint {
  readonly file: string;
  /** null: an earlier version of Lexel wrote it, without one. */
  readonly checksum: string | null;
}

const TRAINER = 'trainer.';
const KEPT = 'kept.';

const files = (prefix: string) => ({
  tensors: `${prefix}.checkpoint.safetensors`,
  previous: `${prefix}.checkpoint.previous.safetensors`,
  json: `${prefix}.checkpoint.json`,
});

/**
 * Writes `<prefix>.checkpoint.safetensors` and `.checkpoint.json`, each by temporary file and rename. What the first has been until
 * now becomes `.checkpoint.previous.safetensors`.
 */
export function saveCheckpoint(prefix: string, { state, trainer, kept }: Checkpoint): void {
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of trainer) {
    tensors.set(TRAINER + name, { dtype: 'F32', shape, data });
  }
  for (const [name, data] of kept) {
    tensors.set(KEPT + name, { dtype: 'F32', shape: [data.length], data });
  }
  const { tensors: file, previous } = files(prefix);
  writeSafetensors(file, tensors, { state: JSON.stringify(state) }, { previous });
  writeCopy(prefix, state);
}

function writeCopy(prefix: string, state: CheckpointState): void {
  writeFileAtomic(files(prefix).json, [`${JSON.stringify(state, null, 2)}\n`]);
}

/** The checkpoints that may be there, the last one first. */
export function checkpointFiles(prefix: string): readonly [last: string, previous: string] {
  const { tensors, previous } = files(prefix);
  return [tensors, previous];
}

/** The last checkpoint at `prefix`, or null when there is none; throws as {@link readCheckpoint}. */
export function loadCheckpoint(prefix: string): StoredCheckpoint | null {
  const { tensors: file } = files(prefix);
  return existsSync(file) ? readCheckpoint(file) : null;
}

/**
 * Reads a checkpoint.
 * @throws FormatError when it is damaged: its checksum, its form, or a number that is not finite; LexelError when a later version wrote it
 */
export function readCheckpoint(file: string): StoredCheckpoint {
  const { tensors, metadata, checksum } = readSafetensors(file);
  const state = parseState(file, metadata.state);
  const trainer: StateDict = new Map();
  const kept = new Map<string, Float32Array>();
  for (const [name, { shape, data }] of tensors) {
    if (!(data instanceof Float32Array)) throw new FormatError(file, `array ${name} is not float32`);
    checkNumbers(file, name, data);
    if (name.startsWith(TRAINER)) trainer.set(name.slice(TRAINER.length), { shape: [...shape], data });
    else if (name.startsWith(KEPT)) kept.set(name.slice(KEPT.length), data);
    else throw new FormatError(file, `holds an array ${name}, which no checkpoint has`);
  }
  return { file, checksum, state, trainer, kept };
}

/** Puts the previous checkpoint in the place of the last one, which is damaged: the next one then keeps it, not the damage. */
export function promotePrevious(prefix: string, { state }: Checkpoint): void {
  const [last, previous] = checkpointFiles(prefix);
  renameSync(previous, last);
  writeCopy(prefix, state);
}

/** Removes a finished fold's checkpoints. */
export function removeCheckpoint(prefix: string): void {
  for (const file of Object.values(files(prefix))) rmSync(file, { force: true });
}

function parseState(file: string, text: string | undefined): CheckpointState {
  let json: { readonly version?: unknown } | null;
  try {
    json = JSON.parse(text ?? '');
  } catch {
    throw new FormatError(file, 'its metadata holds no state: not a checkpoint of Lexel');
  }
  if (typeof json?.version === 'number' && json.version > VERSION) {
    throw new LexelError(
      `${file}: is of format version ${json.version}, and this Lexel reads up to ${VERSION}`,
      'a later Lexel wrote it: update this one',
    );
  }
  const parsed = checkpointSchema.safeParse(json);
  if (!parsed.success)
    throw new FormatError(file, `state: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
  return parsed.data;
}
