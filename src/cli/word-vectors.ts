/** What commands that take word vectors share: the options of reading them, and what was repaired, said in one place. */

import type { Command } from 'commander';
import { bytesText } from '../util/format.js';
import {
  defaultMemory,
  type OpenWordsOptions,
  openWords,
  type ReadOptions,
  type Repair,
  repairText,
  type WordVectors,
} from '../words/index.js';
import { printError } from './terminal.js';
import { memorySize } from './values.js';

/** Adds --strict, --allow-short and --max-memory. */
export function withReading(command: Command): Command {
  return command
    .option('--strict', 'refuse word vectors with faults that are repaired otherwise, such as repeated words')
    .option('--allow-short', 'read word vectors that were cut short as far as they go')
    .option(
      '--max-memory <size>',
      `that word vectors may take, such as 500MB or 2GiB (default: half of what there is, ${bytesText(defaultMemory())})`,
      memorySize,
    );
}

/** Those options, as commander gives them. */
export type ReadFlags = ReadOptions;

/** Opens word vectors and says what was repaired. Throws as `openWords` does. */
export async function openTold(spec: string, options: OpenWordsOptions): Promise<WordVectors> {
  const words = await openWords(spec, options);
  tellRepairs(words);
  return words;
}

/** One line a kind of repair, on standard error. */
export function tellRepairs({ source, repairs }: { source: string; repairs: readonly Repair[] }): void {
  for (const repair of repairs) warn(`${source}: ${repairText(repair)}`);
}

/** A line that is no error, but should be seen. */
export function warn(text: string): void {
  printError(`lexel: ${text}`);
}
