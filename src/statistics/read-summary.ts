/** Reads what `lexel report` has written. */
import { z } from 'zod';
import { readBytes } from '../formats/read.js';
import { FORMAT_VERSION } from '../train/index.js';
import { FormatError } from '../util/errors.js';
import { type Summary, summarySchema } from './summary.js';

const WAY_OUT = 'Make the report again: lexel report <run directory>.';

/** Enough to see what is wrong; a measure that is missing is missing in every class. */
const NAMED_FAULTS = 3;

/** Of summaries of any version. */
const anySummary = summarySchema.pick({ format: true }).extend({ version: z.number() });

/**
 * Reads a summary.json. What is read equals what {@link summarise} gave, NaN of words without a direction included; keys that a
 * later version has added are left out.
 * @throws FormatError naming the file, and the key at fault or the version that it has
 * @example const { headline } = readSummary('runs/poster/report/summary.json'); console.log(headline.rank.value);
 */
export function readSummary(file: string): Summary {
  const json = parseJson(file, readBytes(file).toString('utf8'));
  const { version } = checked(file, anySummary, json);
  if (version !== FORMAT_VERSION) {
    throw new FormatError(
      file,
      `is of format version ${version}, and this Lexel reads summaries of version ${FORMAT_VERSION} alone`,
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
