/** Shared by commands that take word vectors: the options for reading them, and the messages about repairs. */

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
    .option(
      '--strict',
      'refuse word vectors with faults instead of repairing them, for example repeated words',
    )
    .option('--allow-short', 'read truncated word vectors up to the point where they end')
    .option(
      '--max-memory <size>',
      `memory limit for word vectors, such as 500MB or 2GiB (default: half of the available memory, ${bytesText(defaultMemory())})`,
      memorySize,
    );
}

/** The parsed options of {@link withReading}. */
export type ReadFlags = ReadOptions;

/** Opens word vectors and prints their repairs. Throws like `openWords`. */
export async function openTold(spec: string, options: OpenWordsOptions): Promise<WordVectors> {
  const words = await openWords(spec, options);
  tellRepairs(words);
  return words;
}

/** Prints one line per type of repair on standard error. */
export function tellRepairs({ source, repairs }: { source: string; repairs: readonly Repair[] }): void {
  for (const repair of repairs) warn(`${source}: ${repairText(repair)}`);
}

/** Prints a warning on standard error. */
export function warn(text: string): void {
  printError(`lexel: ${text}`);
}
