/**
 * Where a run stands after its last whole epoch: tensors in safetensors, the rest as JSON. The JSON travels inside
 * the safetensors file's metadata, so that one atomic rename replaces both; the .json beside it is a copy for people.
 * A resumed run redoes the epoch that was cut and ends in the same bits, since nothing random has a state.
 */

import { existsSync, rmSync } from 'node:fs';
import { z } from 'zod';
import type { StateDict } from '../engine/index.js';
import { readSafetensors, type Tensor, writeFileAtomic, writeSafetensors } from '../formats/index.js';
import { FormatError } from '../util/errors.js';
import { beganOnSchema, normalisationSchema } from './schema.js';

const checkpointSchema = z.object({
  format: z.literal('lexel-checkpoint'),
  version: z.literal(1),
  fold: z.string(),
  seed: z.number().int(),
  /** Last finished epoch, from 1. */
  epoch: z.number().int().nonnegative(),
  epochs: z.number().int().positive(),
  /** Everything that decides the bits of the result; a different text refuses to resume. */
  identity: z.string(),
  /** Seconds of training so far, and images trained on in them. */
  seconds: z.number().nonnegative(),
  images: z.number().int().nonnegative(),
  ...beganOnSchema.shape,
  /** These two are absent from checkpoints of earlier versions. */
  normalisation: normalisationSchema.optional(),
  dataset: z.object({ hash: z.string(), orderedHash: z.string() }).optional(),
});

/** The JSON part of a checkpoint. */
export type CheckpointState = z.infer<typeof checkpointSchema>;

/** A checkpoint in memory. `kept` are the held-out outputs by "epoch0", "epoch1", each float32 [n * dimension]. */
export interface Checkpoint {
  readonly state: CheckpointState;
  readonly trainer: StateDict;
  readonly kept: ReadonlyMap<string, Float32Array>;
}

const TRAINER = 'trainer.';
const KEPT = 'kept.';

const files = (prefix: string) => ({
  tensors: `${prefix}.checkpoint.safetensors`,
  json: `${prefix}.checkpoint.json`,
});

/** Writes `<prefix>.checkpoint.safetensors` and `.checkpoint.json`, each by temporary file and rename. */
export function saveCheckpoint(prefix: string, checkpoint: Checkpoint): void {
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of checkpoint.trainer) {
    tensors.set(TRAINER + name, { dtype: 'F32', shape, data });
  }
  for (const [name, data] of checkpoint.kept) {
    tensors.set(KEPT + name, { dtype: 'F32', shape: [data.length], data });
  }
  const { tensors: file, json } = files(prefix);
  writeSafetensors(file, tensors, { state: JSON.stringify(checkpoint.state) });
  writeFileAtomic(json, [`${JSON.stringify(checkpoint.state, null, 2)}\n`]);
}

/**
 * Reads the checkpoint at `prefix`, or null when there is none.
 * @throws FormatError when the file is damaged; the hint says that deleting it starts the fold again
 */
export function loadCheckpoint(prefix: string): Checkpoint | null {
  const { tensors: file } = files(prefix);
  if (!existsSync(file)) return null;
  const { tensors, metadata } = readSafetensors(file);
  const state = parseState(file, metadata.state);
  const trainer: StateDict = new Map();
  const kept = new Map<string, Float32Array>();
  for (const [name, { shape, data }] of tensors) {
    if (!(data instanceof Float32Array)) throw new FormatError(file, `tensor ${name} is not float32`, AGAIN);
    if (name.startsWith(TRAINER)) trainer.set(name.slice(TRAINER.length), { shape: [...shape], data });
    else if (name.startsWith(KEPT)) kept.set(name.slice(KEPT.length), data);
  }
  return { state, trainer, kept };
}

/** Removes a finished fold's checkpoint. */
export function removeCheckpoint(prefix: string): void {
  for (const file of Object.values(files(prefix))) rmSync(file, { force: true });
}

const AGAIN = 'delete the checkpoint files of this fold to train it again from its start';

function parseState(file: string, text: string | undefined): CheckpointState {
  let json: unknown;
  try {
    json = JSON.parse(text ?? '');
  } catch {
    throw new FormatError(file, 'its metadata holds no state: not a checkpoint of Lexel', AGAIN);
  }
  const parsed = checkpointSchema.safeParse(json);
  if (!parsed.success) throw new FormatError(file, `state: ${z.prettifyError(parsed.error)}`, AGAIN);
  return parsed.data;
}
