/** Schemas of the lines of folds/<id>.jsonl: events of a fold (train/events.ts), from this and earlier versions. */

import {
  endEventSchema,
  epochEventSchema,
  failedEventSchema,
  resumeEventSchema,
  startEventSchema,
  warningEventSchema,
} from '../train/events.js';
import type { DeepReadonly } from '../util/read-only.js';
import * as z from '../util/zod.js';

/** Logs of format version 1 have no version; some also lack engine and normalisation. */
const LINES = [
  startEventSchema.partial({ version: true, normalisation: true, engine: true }),
  epochEventSchema,
  resumeEventSchema.partial({ engine: true }),
  endEventSchema,
  failedEventSchema,
  warningEventSchema,
] as const;
const KNOWN = new Set<unknown>(LINES.map((line) => line.shape.type.value));

/** Whether it is an event of an unknown type, added by a later version; readers skip these. */
export function isOfLaterVersion(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('type' in json)) return false;
  return typeof json.type === 'string' && !KNOWN.has(json.type);
}

export const LogLine = z.discriminatedUnion('type', LINES);
export type LogLine = DeepReadonly<z.infer<typeof LogLine>>;
/** A line of one type. */
export type LogLineOf<T extends LogLine['type']> = Extract<LogLine, { type: T }>;
