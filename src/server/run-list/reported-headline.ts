/** The headline from a run's own report, if it was written from the folds that are there now. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFile } from '../../crossval/run-file.js';
import { summarySchema } from '../../statistics/summary.js';
import * as z from '../../util/zod.js';
import type { HeadlineSource } from './headline.js';
import { statOf } from './summary-cache.js';

const { run, folds, headline } = summarySchema.shape;
const headSchema = z.object({
  run: run.pick({ created: true, reading: true }),
  folds: folds.pick({ finished: true }),
  headline,
});

/**
 * @param finished number of finished folds
 * @returns null if there is no report, if a fold has changed since, or if it is by another reading
 */
export function reportedHeadline(dir: string, { created }: RunFile, finished: number): HeadlineSource | null {
  const file = join(dir, 'report', 'summary.json');
  const written = statOf(file);
  const changed = statOf(join(dir, 'folds'));
  if (!written || !changed || written.mtimeMs < changed.mtimeMs) return null;
  const head = headOf(readFileSync(file, 'utf8'));
  if (!head || head.folds.finished !== finished || head.run.created !== created) return null;
  const { reading } = head.run;
  return !reading || reading.name === reading.own ? head : null;
}

/**
 * The first keys of a summary, without parsing its tables, which take nearly all of its length. Null if it is not one.
 */
function headOf(text: string): z.infer<typeof headSchema> | null {
  // Lexel writes summaries with two spaces, so a line with two is of the outermost object.
  const end = /^ {2}"headline": \{.*?^ {2}\}/ms.exec(text);
  try {
    const json: unknown = JSON.parse(end ? `${text.slice(0, end.index + end[0].length)}\n}` : text);
    return headSchema.safeParse(json).data ?? null;
  } catch {
    return null;
  }
}
