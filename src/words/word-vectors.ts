/** Words and their vectors in memory: look-up, nearest words, and the identity that a run records. */
import { createHash } from 'node:crypto';
import { LexelError } from '../util/errors.js';
import { nearestSpellings } from '../util/spelling.js';
import type { Repair } from './repairs.js';
import type { VectorTable } from './table.js';
import { rowNorms, topK, type WordMetric } from './top-k.js';

/** The way out where a cosine makes no sense. */
const NO_DIRECTION = 'By distance it can be searched for: --metric euclidean.';

/** A word near a vector. */
export interface Neighbour {
  readonly word: string;
  readonly index: number;
  /** Cosine, or the Euclidean distance; which one was asked for. */
  readonly score: number;
}

export interface NearestOptions {
  /** Default cosine. */
  readonly metric?: WordMetric;
  /** Words that shall not be answered; ones that are not there are ignored. */
  readonly exclude?: Iterable<string>;
}

export class WordVectors {
  readonly words: readonly string[];
  readonly dimension: number;
  /** float32 [words, dimension], row by row. Not to be written to. */
  readonly matrix: Float32Array;
  /** Name of the file they came from, without its folder. */
  readonly source: string;
  /** What was mended while reading the file. */
  readonly repairs: readonly Repair[];
  private rowNorms: Float32Array | undefined;
  private rowOf: Map<string, number> | undefined;
  private sha256: string | undefined;

  /**
   * @param source name of the file, for messages and records.
   * @param elsewhere names another set at hand that has a word, as `--words` takes it.
   */
  constructor(
    table: VectorTable,
    source: string,
    private readonly elsewhere: (word: string) => string | undefined = () => undefined,
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

  /** SHA-256 (hex) of words and float32 values, whatever file format they came in; see {@link checksumOf}. */
  get checksum(): string {
    this.sha256 ??= checksumOf(this.words, this.dimension, this.matrix);
    return this.sha256;
  }

  /** ‖vector‖ of every word, float32 [words]. */
  get norms(): Float32Array {
    this.rowNorms ??= rowNorms(this.matrix, this.count, this.dimension);
    return this.rowNorms;
  }

  /** Row of a word, −1 when it is not there. */
  index(word: string): number {
    if (!this.rowOf) {
      this.rowOf = new Map();
      // Backwards: of a word that is there twice the first counts.
      for (let i = this.count - 1; i >= 0; i--) this.rowOf.set(this.words[i], i);
    }
    return this.rowOf.get(word) ?? -1;
  }

  has(word: string): boolean {
    return this.index(word) >= 0;
  }

  /** The word's vector [dimension], a view of the matrix; undefined when the word is not there. */
  get(word: string): Float32Array | undefined {
    const row = this.index(word);
    return row < 0 ? undefined : this.matrix.subarray(row * this.dimension, (row + 1) * this.dimension);
  }

  /** @throws LexelError naming the word and its nearest spellings when it is not there. */
  require(word: string): Float32Array {
    const vector = this.get(word);
    if (!vector) throw this.unknown(word);
    return vector;
  }

  /** The error for a word that is not there; its hint names another set that has it and the nearest spellings. */
  unknown(word: string): LexelError {
    return new LexelError(
      `"${word}" is not among the ${this.count} words of ${this.source}`,
      this.waysOut(word) || undefined,
    );
  }

  /** Where else the word is, and what is spelt like it; empty when neither is known. */
  waysOut(word: string): string {
    const other = this.elsewhere(word) ?? (/[A-Z]/.test(word) && this.elsewhere(word.toLowerCase()));
    const spellings = nearestSpellings(word, this.words, 3);
    return [
      other && `Another set at hand has it: --words ${other}.`,
      spellings.length > 0 && `Nearest spellings: ${spellings.join(', ')}.`,
    ]
      .filter(Boolean)
      .join(' ');
  }

  /**
   * The k words nearest to a vector, nearest first. By cosine, words whose own vector is zero are never among them.
   *
   * @param vector [dimension]
   * @throws LexelError for another dimension, for values that are not finite, or by cosine for a zero vector.
   */
  nearest(vector: ArrayLike<number>, k: number, options: NearestOptions = {}): Neighbour[] {
    if (vector.length !== this.dimension) {
      throw new LexelError(
        `a vector of ${vector.length} dimensions cannot be compared with ${this.source}, which has ${this.dimension}`,
        'Use the word vectors that it was made with.',
      );
    }
    const query = Float32Array.from(vector);
    if (!query.every(Number.isFinite)) throw new LexelError('the vector to search for holds NaN or infinity');
    const metric = options.metric ?? 'cosine';
    if (metric === 'cosine' && query.every((x) => x === 0)) {
      throw new LexelError('the vector to search for is zero and has no direction', NO_DIRECTION);
    }
    const skip = new Set<number>();
    for (const word of options.exclude ?? []) if (this.has(word)) skip.add(this.index(word));
    const { matrix, count, dimension, norms } = this;
    const found = topK(matrix, count, dimension, query, k, norms, metric, skip);
    return Array.from(found.rows, (index, i) => ({
      word: this.words[index],
      index,
      score: metric === 'cosine' ? found.scores[i] : -found.scores[i],
    }));
  }
}

/**
 * What identifies a set of word vectors: SHA-256 over "<dimension>\n", each word and "\n", then all values as
 * little-endian float32 in row order. The file format does not enter.
 */
export function checksumOf(words: readonly string[], dimension: number, matrix: Float32Array): string {
  const hash = createHash('sha256');
  hash.update(`${dimension}\n`);
  for (let at = 0; at < words.length; at += 4096) hash.update(`${words.slice(at, at + 4096).join('\n')}\n`);
  const bytes = Buffer.from(matrix.buffer, matrix.byteOffset, matrix.byteLength);
  for (let at = 0; at < bytes.length; at += 1 << 28) hash.update(bytes.subarray(at, at + (1 << 28)));
  return hash.digest('hex');
}
