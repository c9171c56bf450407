/**
 * Schemas of the small objects in a store and of the queue's messages. They come from other processes, perhaps of other
 * versions, so they are validated when they are read.
 */
import { FormatError } from '../util/errors.js';
import type { DeepReadonly } from '../util/read-only.js';
import * as z from '../util/zod.js';
import { hasKeyPart } from './stores/keys.js';
import type { ObjectStore } from './stores/object-store.js';

const index = z.int().nonnegative();
/** Part of the keys of its objects. */
const foldId = z.string().refine(hasKeyPart, 'cannot be the name of a fold');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** ISO 8601. For people: nothing depends on it, since clocks differ between machines. */
const time = z.string();

/** An experiment's name in the store and in the queue (experiment-id.ts). */
export const experimentIdSchema = z.string().regex(/^[0-9a-f]{16}$/);

/** The process that does something, for messages. */
const workerSchema = z.object({ id: z.string(), host: z.string(), pid: z.int().positive() });
export type WorkerName = DeepReadonly<z.infer<typeof workerSchema>>;

/** `plans/<hash>.json`: folds that a coordinator asked for. */
export const planSchema = z.object({
  folds: z.array(z.object({ id: foldId, heldOut: z.array(index) })).min(1),
  /** Times that a fold is tried before it counts as poisoned. */
  attempts: z.int().positive(),
});
export type Plan = DeepReadonly<z.infer<typeof planSchema>>;

/** `claims/<fold>/<token>.json`: one claim of a fold. */
export const claimSchema = z.object({
  worker: workerSchema,
  /** The epoch of the checkpoint that it starts from; 0 for none. */
  epoch: index,
  time,
  /** Its worker gave the fold back, so it did not crash. */
  released: z.boolean().optional(),
});
export type ClaimRecord = DeepReadonly<z.infer<typeof claimSchema>>;

/** The files of a finished fold, and where they go in a run directory. */
export const RESULT_FILES = ['outputs', 'model', 'log'] as const;
export type ResultFile = (typeof RESULT_FILES)[number];

const fileSchema = z.object({ sha256, bytes: index });

/** `commits/<fold>.json`: the result of a fold. It is created once and never replaced. */
export const commitSchema = z.object({
  fold: foldId,
  token: z.int().positive(),
  worker: workerSchema,
  time,
  files: z.object({ outputs: fileSchema, model: fileSchema, log: fileSchema }),
});
export type Commit = DeepReadonly<z.infer<typeof commitSchema>>;

/** `duplicates/<fold>/<token>.json`: a second result of a fold. `equal` is absent until the first one is known. */
export const duplicateSchema = commitSchema.extend({ equal: z.boolean().optional() });
export type Duplicate = DeepReadonly<z.infer<typeof duplicateSchema>>;

/** `failures/<fold>/<token>.json`: an attempt that failed. */
export const failureSchema = z.object({
  message: z.string(),
  hint: z.string().optional(),
  worker: workerSchema,
  time,
});
export type Failure = DeepReadonly<z.infer<typeof failureSchema>>;

/** `poisoned/<fold>.json`: a fold that is not tried again: its last failure. */
export const poisonedSchema = failureSchema.extend({ fold: foldId });
export type Poisoned = DeepReadonly<z.infer<typeof poisonedSchema>>;

/** `cancelled.json`: nothing more of the experiment is trained. */
export const cancelledSchema = z.object({ time });

/** The data of a job in the queue. */
export const jobSchema = z.object({ fold: foldId });

/** An experiment that is announced in the queue. */
export const announcedSchema = z.object({ store: z.string(), run: z.string(), time });
export type Announced = DeepReadonly<z.infer<typeof announcedSchema>>;

/** What a worker says of itself in Redis. */
export const presenceSchema = z.object({
  ...workerSchema.shape,
  cores: z.int().positive(),
  since: time,
  folds: z.array(
    z.object({
      experiment: experimentIdSchema,
      fold: z.string(),
      token: z.int().positive(),
      /** The last checkpoint in the store; 0 for none. */
      epoch: index,
      epochs: index,
      /** Steps of training done. */
      steps: index,
      imagesPerSecond: z.number().nonnegative(),
    }),
  ),
});
export type Presence = DeepReadonly<z.infer<typeof presenceSchema>>;

/**
 * Parses a record.
 * @param from its name, for messages
 * @throws FormatError if it is not JSON or violates the schema
 */
export function parseRecord<T extends z.ZodType>(
  from: string,
  bytes: Uint8Array | string,
  schema: T,
): z.infer<T> {
  let json: unknown;
  try {
    json = JSON.parse(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new FormatError(from, `is not JSON: ${(error as Error).message}`);
  }
  return checkRecord(from, json, schema);
}

/** As {@link parseRecord}, of JSON that is parsed already. */
export function checkRecord<T extends z.ZodType>(from: string, json: unknown, schema: T): z.infer<T> {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new FormatError(from, z.prettifyError(parsed.error).replaceAll('\n', ' '));
  return parsed.data;
}

/** A record as the content of an object. */
export const recordBytes = (record: unknown) => Buffer.from(`${JSON.stringify(record)}\n`);

/** Reads an object that holds a record; null if there is none. @throws FormatError naming it, if it is damaged */
export async function readRecord<T extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: T,
): Promise<z.infer<T> | null> {
  const bytes = await store.get(key);
  return bytes && parseRecord(`${store.name}/${key}`, bytes, schema);
}
