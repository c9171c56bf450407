/** Reads summary.json as written by `lexel report`. */
import { readBytes } from '../formats/read.js';
import { FORMAT_VERSION } from '../train/index.js';
import { FormatError } from '../util/errors.js';
import * as z from '../util/zod.js';
import { type Summary, summarySchema } from './summary.js';

const WAY_OUT = 'Create the report again: lexel report <run directory>.';

/** Limits the errors listed: if a measure is missing, it is missing in every class. */
const NAMED_FAULTS = 3;

/** Matches summaries of any version. */
const anySummary = summarySchema.pick({ format: true }).extend({ version: z.number() });

/**
 * Reads a summary.json. The result equals what {@link summarise} returned, including NaN for words without a
 * direction. Keys added by later versions are dropped.
 * @throws FormatError naming the file and the invalid key or the unsupported version
 * @example
 * const { headline } = readSummary('runs/poster/report/summary.json');
 * console.log(headline.rank.value);
 */
export function readSummary(file: string): Summary {
  const json = parseJson(file, readBytes(file).toString('utf8'));
  const { version } = checked(file, anySummary, json);
  if (version !== FORMAT_VERSION) {
    throw new FormatError(
      file,
      `has format version ${version}, but this Lexel reads only version ${FORMAT_VERSION}`,
      WAY_OUT,
    );
  }
  return checked(file, summarySchema, json);
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError(file, `is not JSON: ${(error as Error).message}`, WAY_OUT);
  }
}

function checked<Of>(file: string, schema: z.ZodType<Of>, json: unknown): Of {
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  const { issues } = error;
  const named = z.prettifyError({ issues: issues.slice(0, NAMED_FAULTS) }).replaceAll('\n', ' ');
  const others = issues.length - NAMED_FAULTS;
  throw new FormatError(file, others > 0 ? `${named} … and ${others} more` : named, WAY_OUT);
}
