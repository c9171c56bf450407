/**
 * The state of a run after its last complete epoch: tensors in safetensors, the rest as JSON in its metadata. A resumed
 * run repeats the interrupted epoch and produces the same bits, because random draws are stateless.
 */

import type { StateDict } from '../engine/types.js';
import { parseSafetensors, safetensorsChunks, type Tensor } from '../formats/safetensors.js';
import { FormatError, LexelError } from '../util/errors.js';
import * as z from '../util/zod.js';
import { checkNumbers } from './array-check.js';
import { beganOnSchema, normalisationSchema } from './schema.js';

const VERSION = 1;

const bestSchema = z.object({ epoch: z.int().positive(), loss: z.number() });
/** The epoch with the lowest validation loss so far. */
export type BestEpoch = Readonly<z.infer<typeof bestSchema>>;

const checkpointSchema = z
  .object({
    format: z.literal('lexel-checkpoint'),
    version: z.literal(VERSION),
    fold: z.string(),
    seed: z.int().nonnegative(),
    /** Last finished epoch, from 1. */
    epoch: z.int().nonnegative(),
    epochs: z.int().nonnegative(),
    /** Hash of everything that determines the bits of the result; a run with another hash cannot resume from it. */
    identity: z.string(),
    /** Seconds of training so far, and the number of images trained on in that time. */
    seconds: z.number().nonnegative(),
    images: z.int().nonnegative(),
    /** The epoch with the lowest validation loss so far, and this loss; absent without validation. */
    best: bestSchema.optional(),
    ...beganOnSchema.shape,
    /** These two are absent from checkpoints of earlier versions. */
    normalisation: normalisationSchema.optional(),
    dataset: z.object({ hash: z.string(), orderedHash: z.string() }).optional(),
  })
  .refine(({ epoch, epochs }) => epoch <= epochs, 'its epoch is greater than its number of epochs')
  .refine(({ epoch, best }) => !best || best.epoch <= epoch, 'its best epoch is later than its epoch');

/** The JSON part of a checkpoint. */
export type CheckpointState = z.infer<typeof checkpointSchema>;

/** A checkpoint in memory. */
export interface Checkpoint {
  readonly state: CheckpointState;
  readonly trainer: StateDict;
  /** The held-out outputs by "epoch0", "epoch1", each float32 [n * dimension]. */
  readonly kept: ReadonlyMap<string, Float32Array>;
  /**
   * Weights and running statistics of the best epoch, if they are to be kept; null if the best epoch is the
   * checkpoint's own.
   */
  readonly best: StateDict | null;
}

/** A checkpoint that was stored. */
export interface StoredCheckpoint extends Checkpoint {
  readonly file: string;
  /** null if an earlier version of Lexel wrote the file without a checksum. */
  readonly checksum: string | null;
}

const TRAINER = 'trainer.';
const KEPT = 'kept.';
const BEST = 'best.';

/** The content of a checkpoint file, as consecutive chunks. @param file its name, for messages */
export function checkpointChunks(file: string, { state, trainer, kept, best }: Checkpoint): Uint8Array[] {
  const tensors = new Map<string, Tensor>();
  for (const [start, arrays] of [
    [TRAINER, trainer],
    [BEST, best ?? []],
  ] as const) {
    for (const [name, { shape, data }] of arrays) tensors.set(start + name, { dtype: 'F32', shape, data });
  }
  for (const [name, data] of kept) {
    tensors.set(KEPT + name, { dtype: 'F32', shape: [data.length], data });
  }
  return safetensorsChunks(file, tensors, { state: JSON.stringify(state) });
}

/**
 * Reads the content of a checkpoint file.
 * @param file its name, for messages
 * @throws FormatError if its checksum or structure is wrong or a value is not finite; LexelError if a later version
 *   wrote it
 */
export function parseCheckpoint(file: string, bytes: Uint8Array): StoredCheckpoint {
  const { tensors, metadata, checksum } = parseSafetensors(file, bytes);
  const state = parseState(file, metadata.state);
  const trainer: StateDict = new Map();
  const best: StateDict = new Map();
  const kept = new Map<string, Float32Array>();
  for (const [name, { shape, data }] of tensors) {
    if (!(data instanceof Float32Array)) throw new FormatError(file, `array ${name} is not float32`);
    checkNumbers(file, name, data);
    if (name.startsWith(TRAINER)) trainer.set(name.slice(TRAINER.length), { shape: [...shape], data });
    else if (name.startsWith(BEST)) best.set(name.slice(BEST.length), { shape: [...shape], data });
    else if (name.startsWith(KEPT)) kept.set(name.slice(KEPT.length), data);
    else throw new FormatError(file, `holds an array ${name}, which checkpoints do not contain`);
  }
  return { file, checksum, state, trainer, kept, best: best.size > 0 ? best : null };
}

function parseState(file: string, text: string | undefined): CheckpointState {
  let json: { readonly version?: unknown } | null;
  try {
    json = JSON.parse(text ?? '');
  } catch {
    throw new FormatError(file, 'its metadata has no state, so it is not a checkpoint of Lexel');
  }
  if (typeof json?.version === 'number' && json.version > VERSION) {
    throw new LexelError(
      `${file} has format version ${json.version}, but this Lexel reads versions up to ${VERSION}`,
      'a later version of Lexel wrote it; update Lexel',
    );
  }
  const parsed = checkpointSchema.safeParse(json);
  if (!parsed.success)
    throw new FormatError(file, `state: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
  return parsed.data;
}
