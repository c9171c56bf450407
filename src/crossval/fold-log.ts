/** The lines of folds/<id>.jsonl: events of a fold (train/events.ts), as this version and earlier ones write them. */

import { z } from 'zod';
import {
  endEventSchema,
  epochEventSchema,
  failedEventSchema,
  resumeEventSchema,
  startEventSchema,
  warningEventSchema,
} from '../train/events.js';
import type { DeepReadonly } from '../util/read-only.js';

/** Logs of format version 1 have no version, and some no engine and no normalisation. */
const LINES = [
  startEventSchema.partial({ version: true, normalisation: true, engine: true }),
  epochEventSchema,
  resumeEventSchema.partial({ engine: true }),
  endEventSchema,
  failedEventSchema,
  warningEventSchema,
] as const;
const KNOWN = new Set<unknown>(LINES.map((line) => line.shape.type.value));

/** Is it an event of a type that a later version has added? Readers pass over it. */
export function isOfLaterVersion(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('type' in json)) return false;
  return typeof json.type === 'string' && !KNOWN.has(json.type);
}

export const LogLine = z.discriminatedUnion('type', LINES);
export type LogLine = DeepReadonly<z.infer<typeof LogLine>>;
/** A line of one type. */
export type LogLineOf<T extends LogLine['type']> = Extract<LogLine, { type: T }>;
