/** What every reader of word vectors hands on, and the checks that they share. */
import { FormatError } from '../util/errors.js';
import { MemoryBudget } from './memory.js';
import type { Repair } from './repairs.js';

/** Words with one row each, before they become {@link WordVectors}. */
export interface VectorTable {
  readonly words: readonly string[];
  readonly dimension: number;
  /** float32 [words, dimension], row by row. */
  readonly matrix: Float32Array;
  /** ‖row‖, [words], where the file keeps them. */
  readonly norms?: Float32Array;
  /** Where the file keeps it: what {@link WordVectors.checksum} would compute. */
  readonly checksum?: string;
  /** What was mended while reading; default nothing. */
  readonly repairs?: readonly Repair[];
}

/** How word vectors are read. */
export interface ReadOptions {
  /** Refuse what is repaired by default: repeated words, a blank for a word, words too many, and the like. */
  readonly strict?: boolean;
  /** Read a file that was cut short as far as it goes. */
  readonly allowShort?: boolean;
  /** Bytes of memory that words and vectors may take. Default half of what the machine, or its container, has. */
  readonly maxMemory?: number;
}

/** What the reader of one format is told beside them. */
export interface ContentOptions extends ReadOptions {
  /** The file ends early (a gzip file that was cut), and may (`allowShort`). */
  readonly cut?: boolean;
}

/** More than any published set has; a wilder number is a broken header, or a line that holds something else. */
export const MAX_DIMENSION = 65_536;

/** Grows a table row by row without knowing the count beforehand. */
export class TableBuilder {
  /** float32, row by row; the row at {@link room} is the caller's to fill. */
  matrix: Float32Array;
  private readonly words = new Set<string>();
  private readonly budget: MemoryBudget;

  /**
   * @param expected rows to make room for at first, as far as memory allows.
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

  /** Rows that may be allocated now. */
  private most(): number {
    return Math.floor(this.budget.left / (this.dimension * 4));
  }

  get count(): number {
    return this.words.size;
  }

  /**
   * Makes room for another row and says where in `matrix` it begins; it counts once its word is added.
   * @param place of the row in the file, for the error
   * @throws FormatError where that takes more memory than the limit
   */
  room(place: () => string): number {
    const at = this.count * this.dimension;
    if (at + this.dimension > this.matrix.length) {
      // Both are in memory while the rows are copied.
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
   * Adds the word of the row at {@link room}; a word that is there already is not added, and the answer is no.
   * @throws FormatError where words are too many
   */
  add(word: string): boolean {
    const before = this.words.size;
    if (this.words.add(word).size === before) return false;
    this.budget.addWords(1, word.length);
    return true;
  }

  /** @throws FormatError when nothing was added. */
  finish(repairs: readonly Repair[]): VectorTable {
    if (this.count === 0) throw new FormatError(this.file, 'holds no words at all');
    const used = this.count * this.dimension;
    // A copy frees the spare room; a view is kept where the room is small against the table, or memory too little for both.
    const copied = this.matrix.length > used * 1.1 && this.matrix.byteLength + used * 4 <= this.budget.left;
    const matrix = copied ? this.matrix.slice(0, used) : this.matrix.subarray(0, used);
    return { words: [...this.words], dimension: this.dimension, matrix, repairs };
  }
}

/** A word's bytes as text. Bytes that are no UTF-8 become \xNN, so that different words stay different. */
export function decodeWord(bytes: Buffer, start: number, end: number): string {
  const word = bytes.toString('utf8', start, end);
  if (!word.includes('\ufffd')) return word;
  const slice = bytes.subarray(start, end);
  if (Buffer.from(word, 'utf8').equals(slice)) return word;
  return [...slice]
    .map((b) => (b < 0x80 ? String.fromCharCode(b) : `\\x${b.toString(16).padStart(2, '0')}`))
    .join('');
}
