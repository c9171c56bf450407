/** Finds word vectors by a path, the name of a published set with a dimension, or the name of a bundled set. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDataDirectory, dataDirectories } from '../util/data-dir.js';
import { LexelError, UsageError } from '../util/errors.js';
import { nearestSpellings } from '../util/spelling.js';
import { fileHasWord, readWords } from './read.js';
import type { ReadOptions } from './table.js';
import type { WordVectors } from './word-vectors.js';

/** Dimensions of the GloVe 6B set, in the order in which `glove` without a dimension searches for them. */
export const GLOVE_DIMENSIONS = [100, 50, 200, 300] as const;

const asset = (file: string) => fileURLToPath(new URL(`../../assets/words/${file}`, import.meta.url));

/** The files of the word vectors that ship with Lexel, by name (assets/words/README.md). */
export const BUNDLED_WORDS = {
  /** For the shapes world. */
  shapes: asset('shapes.lexw'),
  /** 14,180 words of GloVe 6B in 50 dimensions. `glove` never stands for it. */
  pack: asset('pack.lexw'),
} as const;

/** The files by each name that `--words` takes. */
const BUNDLED: Readonly<Record<string, string>> = { ...BUNDLED_WORDS, demo: BUNDLED_WORDS.shapes };

const PACK_DIMENSION = 50;

/** The names that `--words` takes. */
export const WORDS_NAMES = [
  'glove',
  ...GLOVE_DIMENSIONS.map((d) => `glove:${d}`),
  ...Object.keys(BUNDLED_WORDS),
];

/** What `--words` takes, for help texts and messages. */
export const WORDS_CHOICES = 'a file, glove, glove:50, pack or shapes';

export interface OpenWordsOptions extends ReadOptions {
  /** Data directory that is searched first (`--data-dir`). */
  readonly dataDir?: string;
  /** If given, an error about a missing word names only other sets of this dimension. Default: all sets. */
  readonly dimension?: number;
  /** Aborts reading. */
  readonly signal?: AbortSignal;
}

/**
 * Opens word vectors.
 *
 * @param spec a path; `glove` (the first of 100, 50, 200 and 300 dimensions that exists) or `glove:<dimension>`;
 *   `pack`, or `shapes` (also `demo`), for the bundled sets.
 * @throws UsageError for any other name, LexelError if the set or the data directory is not found, FormatError for a broken file;
 *   the reason of `signal` if it is aborted.
 */
export async function openWords(spec: string, options: OpenWordsOptions = {}): Promise<WordVectors> {
  const { file, elsewhere } = findWords(spec, options);
  const { strict, allowShort, maxMemory, signal } = options;
  return readWords(file, { strict, allowShort, maxMemory, signal, elsewhere });
}

/** Finds the file for a spec without reading it. @throws UsageError and LexelError as in {@link openWords} */
export function findWords(
  spec: string,
  options: OpenWordsOptions = {},
): { file: string; elsewhere: (word: string) => string | undefined } {
  checkDataDirectory(options.dataDir);
  if (Object.hasOwn(BUNDLED, spec)) {
    return { file: BUNDLED[spec], elsewhere: elsewhereThan(BUNDLED[spec], options) };
  }
  const glove = /^glove(?::(.*))?$/.exec(spec);
  if (!glove) {
    if (existsSync(spec)) return { file: spec, elsewhere: elsewhereThan(spec, options) };
    const near = nearestSpellings(spec, WORDS_NAMES, 1);
    throw new UsageError(
      `no word vectors "${spec}": neither a set nor an existing file`,
      `${near.length > 0 ? `Did you mean ${near[0]}? ` : ''}Expected ${WORDS_CHOICES}.`,
    );
  }
  const wanted = glove[1] === undefined ? undefined : Number(glove[1]);
  if (wanted !== undefined && !GLOVE_DIMENSIONS.some((d) => d === wanted)) {
    throw new UsageError(`no word vectors "${spec}": GloVe 6B comes in 50, 100, 200 and 300 dimensions`);
  }
  for (const dimension of wanted === undefined ? GLOVE_DIMENSIONS : [wanted]) {
    const file = gloveFile(dimension, options);
    if (file) return { file, elsewhere: elsewhereThan(file, options) };
  }
  const name = wanted === undefined ? 'glove.6B.<dimension>d*' : `glove.6B.${wanted}d*`;
  const searched = dataDirectories(options.dataDir).map((dir) => join(dir, 'glove'));
  throw new LexelError(
    `no word vectors "${spec}": no ${name} (.txt, .gz or .lexw) in ${searched.join(', ')}`,
    'Download it with `lexel words get glove.6B`, or set the data directory with --data-dir or LEXEL_DATA. ' +
      'Without a download: `--words pack`, 14,180 of its words in 50 dimensions.',
    { code: 'LEXEL_NOT_FOUND' },
  );
}

/** The value of `--words` that finds a set by the name of its file, without folder; the file's name if there is none. */
export function wordsSpec(source: string): string {
  const bundled = Object.entries(BUNDLED_WORDS).find(([, file]) => basename(file) === source);
  if (bundled) return bundled[0];
  const dimension = /^glove\.6B\.(\d+)d\./.exec(source)?.[1];
  return dimension === undefined ? source : `glove:${dimension}`;
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
  const wanted = (dimension: number) => (options.dimension ?? dimension) === dimension;
  return (word) => {
    for (const dimension of GLOVE_DIMENSIONS.filter(wanted)) {
      const other = gloveFile(dimension, options);
      if (other && other !== file && fileHasWord(other, word)) return `glove:${dimension}`;
    }
    const { pack } = BUNDLED_WORDS;
    return wanted(PACK_DIMENSION) && file !== pack && fileHasWord(pack, word) ? 'pack' : undefined;
  };
}
