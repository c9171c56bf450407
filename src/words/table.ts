/** The code that the readers of word vectors share. */
import { FormatError } from '../util/errors.js';
import { MemoryBudget } from './memory.js';
import type { Repair } from './repairs.js';
import type { VectorTable } from './vector-table.js';

/** Options for reading word vectors. */
export interface ReadOptions {
  /** Reject files that are otherwise repaired: with repeated words, blank words, too many words and so on. */
  readonly strict?: boolean;
  /** Read a truncated file up to its end. */
  readonly allowShort?: boolean;
  /** Memory limit for words and vectors, in bytes. Default: half of the memory of the machine or container. */
  readonly maxMemory?: number;
}

/** Additional options for the reader of one format. */
export interface ContentOptions extends ReadOptions {
  /** The file is a truncated gzip file, and `allowShort` is set. */
  readonly cut?: boolean;
}

/** Builds a table row by row; the number of rows need not be known in advance. */
export class TableBuilder {
  /** float32, row-major; the caller fills the row at the index that {@link room} returns. */
  matrix: Float32Array;
  private readonly words = new Set<string>();
  private readonly budget: MemoryBudget;

  /**
   * @param expected number of rows to allocate initially, within the memory limit.
   * @param maxMemory see {@link ReadOptions}
   */
  constructor(
    private readonly file: string,
    readonly dimension: number,
    expected: number,
    maxMemory?: number,
  ) {
    this.budget = new MemoryBudget(file, maxMemory);
    this.matrix = new Float32Array(Math.min(Math.max(16, expected), this.most()) * dimension);
  }

  /** Number of rows that the memory limit allows now. */
  private most(): number {
    return Math.floor(this.budget.left / (this.dimension * 4));
  }

  get count(): number {
    return this.words.size;
  }

  /**
   * Makes room for another row and returns its start index in `matrix`. The row counts only after {@link add}.
   * @param place location of the row in the file, for the error
   * @throws FormatError if the row exceeds the memory limit
   */
  room(place: () => string): number {
    const at = this.count * this.dimension;
    if (at + this.dimension > this.matrix.length) {
      // The old and the new matrix are both in memory while the rows are copied.
      const most = this.most() - this.matrix.length / this.dimension;
      if (most <= this.count) throw this.budget.exceeded(place());
      const rows = Math.min(Math.ceil((this.count + 1) * 1.5), most);
      const grown = new Float32Array(rows * this.dimension);
      grown.set(this.matrix);
      this.matrix = grown;
    }
    return at;
  }

  /**
   * Adds the word of the row at {@link room}. Returns false, without adding it, if the word is repeated.
   * @throws FormatError if the words exceed a memory limit
   */
  add(word: string): boolean {
    const before = this.words.size;
    if (this.words.add(word).size === before) return false;
    this.budget.addWords(1, word.length);
    return true;
  }

  /** @throws FormatError if there are no words. */
  finish(repairs: readonly Repair[]): VectorTable {
    if (this.count === 0) throw new FormatError(this.file, 'contains no words');
    const used = this.count * this.dimension;
    // A copy frees the unused rows. A view is used if few rows are unused or memory does not suffice for a copy.
    const copied = this.matrix.length > used * 1.1 && this.matrix.byteLength + used * 4 <= this.budget.left;
    const matrix = copied ? this.matrix.slice(0, used) : this.matrix.subarray(0, used);
    return { words: [...this.words], dimension: this.dimension, matrix, repairs };
  }
}

/** Decodes a word. Bytes of words that are not valid UTF-8 become \xNN, so that different words stay different. */
export function decodeWord(bytes: Buffer, start: number, end: number): string {
  const word = bytes.toString('utf8', start, end);
  if (!word.includes('\ufffd')) return word;
  const slice = bytes.subarray(start, end);
  if (Buffer.from(word, 'utf8').equals(slice)) return word;
  return [...slice]
    .map((b) => (b < 0x80 ? String.fromCharCode(b) : `\\x${b.toString(16).padStart(2, '0')}`))
    .join('');
}
