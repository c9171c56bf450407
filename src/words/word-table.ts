/** Words and their vectors in memory: lookup, nearest words, and the checksum that a run records. */
import { bytesOf } from '../formats/bytes.js';
import { LexelError } from '../util/errors.js';
import { Sha256 } from '../util/sha256.js';
import { nearestSpellings } from '../util/spelling.js';
import { type DotRows, portableDots } from './portable-dots.js';
import type { Repair } from './repairs.js';
import { rowNorms, topRows, type WordMetric } from './top-rows.js';
import type { VectorTable } from './vector-table.js';

/** Hint for vectors without a direction. */
const NO_DIRECTION = 'Use --metric euclidean to search by distance.';

/** A word near a vector. */
export interface Neighbour {
  readonly word: string;
  readonly index: number;
  /** Cosine or Euclidean distance, depending on the metric. */
  readonly score: number;
}

export interface NearestOptions {
  /** Default cosine. */
  readonly metric?: WordMetric;
  /** Words to exclude from the result; unknown words are ignored. */
  readonly exclude?: Iterable<string>;
}

export class WordTable {
  readonly words: readonly string[];
  readonly dimension: number;
  /** float32 [words, dimension], row-major. Must not be modified. */
  readonly matrix: Float32Array;
  /** Name of the source file, without its folder. */
  readonly source: string;
  /** Repairs made while reading the file. */
  readonly repairs: readonly Repair[];
  private rowNorms: Float32Array | undefined;
  private rowOf: Map<string, number> | undefined;
  private sha256: string | undefined;

  /**
   * @param source name of the file, for messages and records.
   * @param elsewhere finds another local set that contains a word; returns its name in the form that `--words` takes.
   * @param dots computes the dot products of searches.
   */
  constructor(
    table: VectorTable,
    source: string,
    private readonly elsewhere: (word: string) => string | undefined = () => undefined,
    private readonly dots: DotRows = portableDots,
  ) {
    this.words = table.words;
    this.dimension = table.dimension;
    this.matrix = table.matrix;
    this.source = source;
    this.repairs = table.repairs ?? [];
    this.rowNorms = table.norms;
    this.sha256 = table.checksum;
  }

  get count(): number {
    return this.words.length;
  }

  /** SHA-256 (hex) of words and float32 values, independent of the file format; see {@link checksumOf}. */
  get checksum(): string {
    this.sha256 ??= checksumOf(this.words, this.dimension, this.matrix);
    return this.sha256;
  }

  /** ‖vector‖ of every word, float32 [words]. */
  get norms(): Float32Array {
    this.rowNorms ??= rowNorms(this.matrix, this.count, this.dimension);
    return this.rowNorms;
  }

  /** Row of a word; −1 if it is unknown. */
  index(word: string): number {
    if (!this.rowOf) {
      this.rowOf = new Map();
      // Backwards, so that the first occurrence of a repeated word wins.
      for (let i = this.count - 1; i >= 0; i--) this.rowOf.set(this.words[i], i);
    }
    return this.rowOf.get(word) ?? -1;
  }

  has(word: string): boolean {
    return this.index(word) >= 0;
  }

  /** The word's vector [dimension], a view of the matrix; undefined if the word is unknown. */
  get(word: string): Float32Array | undefined {
    const row = this.index(word);
    return row < 0 ? undefined : this.matrix.subarray(row * this.dimension, (row + 1) * this.dimension);
  }

  /** Same as {@link get}. @throws LexelError with the nearest spellings if the word is unknown. */
  require(word: string): Float32Array {
    const vector = this.get(word);
    if (!vector) throw this.unknown(word);
    return vector;
  }

  /** The error for an unknown word; the hint names another set that contains it and the nearest spellings. */
  unknown(word: string): LexelError {
    return new LexelError(
      `"${word}" is not among the ${this.count} words of ${this.source}`,
      this.waysOut(word) || undefined,
      { code: 'LEXEL_NOT_FOUND' },
    );
  }

  /** Hint for an unknown word: another set that contains it and the nearest spellings; empty if there are none. */
  waysOut(word: string): string {
    const other = this.elsewhere(word) ?? (/[A-Z]/.test(word) && this.elsewhere(word.toLowerCase()));
    const spellings = nearestSpellings(word, this.words, 3);
    return [
      other && `Another set contains it: --words ${other}.`,
      spellings.length > 0 && `Nearest spellings: ${spellings.join(', ')}.`,
    ]
      .filter(Boolean)
      .join(' ');
  }

  /**
   * The k words nearest to a vector, nearest first. With the cosine metric, words with zero vectors are excluded.
   *
   * @param vector [dimension]
   * @throws LexelError for another dimension, for values that are not finite, or, with the cosine metric, for a zero
   *   vector.
   */
  nearest(vector: ArrayLike<number>, k: number, options: NearestOptions = {}): Neighbour[] {
    if (vector.length !== this.dimension) {
      throw new LexelError(
        `a vector of ${vector.length} dimensions cannot be compared with ${this.source}, which has ${this.dimension}`,
        'Use the word vectors from which it was computed.',
      );
    }
    const query = Float32Array.from(vector);
    if (!query.every(Number.isFinite))
      throw new LexelError('the vector to search for contains NaN or infinity');
    const metric = options.metric ?? 'cosine';
    if (metric === 'cosine' && query.every((x) => x === 0)) {
      throw new LexelError('the vector to search for is zero and has no direction', NO_DIRECTION);
    }
    const skip = new Set<number>();
    for (const word of options.exclude ?? []) if (this.has(word)) skip.add(this.index(word));
    const { matrix, count, dimension, norms, dots } = this;
    const found = topRows(matrix, count, dimension, query, k, norms, metric, skip, dots);
    return Array.from(found.rows, (index, i) => ({
      word: this.words[index],
      index,
      score: metric === 'cosine' ? found.scores[i] : -found.scores[i],
    }));
  }
}

/**
 * The checksum that identifies a set of word vectors: SHA-256 of "<dimension>\n", each word and "\n", then all values
 * as little-endian float32 in row order. It does not depend on the file format.
 */
export function checksumOf(words: readonly string[], dimension: number, matrix: Float32Array): string {
  const hash = new Sha256().update(`${dimension}\n`);
  for (let at = 0; at < words.length; at += 4096) hash.update(`${words.slice(at, at + 4096).join('\n')}\n`);
  const bytes = bytesOf(matrix);
  for (let at = 0; at < bytes.length; at += 1 << 28) hash.update(bytes.subarray(at, at + (1 << 28)));
  return hash.hex();
}
