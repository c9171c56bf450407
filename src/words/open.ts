/** Finds word vectors by a path, the name of a published set with a dimension, or the name of the bundled set. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataDirectories } from '../util/data-dir.js';
import { LexelError, UsageError } from '../util/errors.js';
import { fileHasWord, readWords } from './read.js';
import type { ReadOptions } from './table.js';
import type { WordVectors } from './word-vectors.js';

/** Dimensions of the GloVe 6B set, in the order in which `glove` without a dimension searches for them. */
export const GLOVE_DIMENSIONS = [100, 50, 200, 300] as const;

/** The vectors that ship with Lexel, for the shapes world: `--words demo` or `--words shapes`. */
export const BUNDLED_WORDS = fileURLToPath(new URL('../../assets/words/shapes.lexw', import.meta.url));

export interface OpenWordsOptions extends ReadOptions {
  /** Data directory that is searched first (`--data-dir`). */
  readonly dataDir?: string;
}

/**
 * Opens word vectors.
 *
 * @param spec a path; `glove` (the first of 100, 50, 200 and 300 dimensions that exists) or `glove:<dimension>`;
 *   `demo` or `shapes` for the bundled vectors.
 * @throws UsageError for any other name, LexelError if the set is not found, FormatError for a broken file.
 */
export async function openWords(spec: string, options: OpenWordsOptions = {}): Promise<WordVectors> {
  const { file, elsewhere } = findWords(spec, options);
  const { strict, allowShort, maxMemory } = options;
  return readWords(file, { strict, allowShort, maxMemory, elsewhere });
}

/** Finds the file for a spec without reading it. @throws UsageError and LexelError as in {@link openWords} */
export function findWords(
  spec: string,
  options: OpenWordsOptions = {},
): { file: string; elsewhere: (word: string) => string | undefined } {
  if (spec === 'demo' || spec === 'shapes') {
    return { file: BUNDLED_WORDS, elsewhere: elsewhereThan(BUNDLED_WORDS, options) };
  }
  const glove = /^glove(?::(.*))?$/.exec(spec);
  if (!glove) {
    if (existsSync(spec)) return { file: spec, elsewhere: elsewhereThan(spec, options) };
    const known = 'a file, glove, glove:50, glove:100, glove:200, glove:300, or demo';
    throw new UsageError(`--words ${spec}: no such file`, `Expected ${known}.`);
  }
  const wanted = glove[1] === undefined ? undefined : Number(glove[1]);
  if (wanted !== undefined && !GLOVE_DIMENSIONS.some((d) => d === wanted)) {
    throw new UsageError(`--words ${spec}: GloVe 6B comes in 50, 100, 200 and 300 dimensions`);
  }
  for (const dimension of wanted === undefined ? GLOVE_DIMENSIONS : [wanted]) {
    const file = gloveFile(dimension, options);
    if (file) return { file, elsewhere: elsewhereThan(file, options) };
  }
  const name = wanted === undefined ? 'glove.6B.<dimension>d*' : `glove.6B.${wanted}d*`;
  const searched = dataDirectories(options.dataDir).map((dir) => join(dir, 'glove'));
  throw new LexelError(
    `--words ${spec}: no ${name} (.txt, .gz or .lexw) in ${searched.join(', ')}`,
    'Download it with `lexel words get glove.6B`, or set the data directory with --data-dir or LEXEL_DATA.',
  );
}

/**
 * The file with this dimension in the first data directory that has one. Packed files are preferred to text, text to
 * gzip, and the full set to parts of it.
 */
function gloveFile(dimension: number, options: OpenWordsOptions): string | undefined {
  const stem = `glove.6B.${dimension}d`;
  for (const dir of dataDirectories(options.dataDir)) {
    const folder = join(dir, 'glove');
    if (!existsSync(folder)) continue;
    const names = readdirSync(folder).filter((name) => name.startsWith(stem) && rank(name, stem) >= 0);
    names.sort((a, b) => rank(a, stem) - rank(b, stem) || (a < b ? -1 : 1));
    if (names.length > 0) return join(folder, names[0]);
  }
  return undefined;
}

/** Preference among files of one dimension, lowest first; −1 for other files. */
function rank(name: string, stem: string): number {
  const match = /^(\.[^/]*?)??(\.lexw|\.txt|\.txt\.gz|\.gz)$/.exec(name.slice(stem.length));
  if (!match) return -1;
  return (match[1] ? 10 : 0) + ['.lexw', '.txt', '.txt.gz', '.gz'].indexOf(match[2]);
}

/** Returns a function that finds another local set that contains a word; called only if a word is missing. */
function elsewhereThan(file: string, options: OpenWordsOptions): (word: string) => string | undefined {
  return (word) => {
    for (const dimension of GLOVE_DIMENSIONS) {
      const other = gloveFile(dimension, options);
      if (other && other !== file && fileHasWord(other, word)) return `glove:${dimension}`;
    }
    return undefined;
  };
}
