/** Facts about a set of word vectors, for `lexel words info`. */
import type { Repair } from './repairs.js';
import type { WordTable } from './word-table.js';

export interface WordsInfo {
  readonly source: string;
  readonly words: number;
  readonly dimension: number;
  /** SHA-256 of words and values, hex. */
  readonly checksum: string;
  /** Size of the matrix in memory, in bytes. */
  readonly bytes: number;
  /** Euclidean lengths of the vectors. */
  readonly norm: { readonly min: number; readonly median: number; readonly max: number };
  /** Number of words whose vector is zero; these have no cosine neighbours. */
  readonly zeros: number;
  /** The first 10 words; in published sets, these are the most frequent. */
  readonly first: readonly string[];
  /** Repairs made while reading the file. */
  readonly repairs: readonly Repair[];
}

export function wordsInfo(words: WordTable): WordsInfo {
  const norms = words.norms.slice().sort();
  return {
    source: words.source,
    words: words.count,
    dimension: words.dimension,
    checksum: words.checksum,
    bytes: words.matrix.byteLength,
    norm: { min: norms[0], median: norms[norms.length >> 1], max: norms[norms.length - 1] },
    zeros: norms.lastIndexOf(0) + 1,
    first: words.words.slice(0, 10),
    repairs: words.repairs,
  };
}
