/** What every reader of word vectors hands on, and the checks that they share. */
import { FormatError } from '../util/errors.js';

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
}

/** More than any published set has; a wilder number in a header is a broken header. */
export const MAX_DIMENSION = 65_536;

/** Grows a table row by row without knowing the count beforehand. */
export class TableBuilder {
  private readonly rowOf = new Map<string, number>();
  private matrix: Float32Array;

  /** @param expected rows to make room for at first. */
  constructor(
    private readonly file: string,
    readonly dimension: number,
    expected: number,
  ) {
    this.matrix = new Float32Array(Math.max(16, expected) * dimension);
  }

  get count(): number {
    return this.rowOf.size;
  }

  /**
   * Makes room for a word's row and returns it, to be filled by the caller.
   *
   * @param place where the word stands ("line 12"), for the error.
   * @throws FormatError for a word that is there already.
   */
  add(word: string, place: string): { matrix: Float32Array; at: number } {
    const row = this.rowOf.size;
    const earlier = this.rowOf.get(word);
    if (earlier !== undefined) {
      throw new FormatError(
        this.file,
        `${place}: the word "${word}" is there already, as number ${earlier + 1}`,
        'Each word may stand there once; remove one of the two.',
      );
    }
    this.rowOf.set(word, row);
    if ((row + 1) * this.dimension > this.matrix.length) {
      const grown = new Float32Array(Math.ceil((row + 1) * 1.5) * this.dimension);
      grown.set(this.matrix);
      this.matrix = grown;
    }
    return { matrix: this.matrix, at: row * this.dimension };
  }

  /** @throws FormatError when nothing was added. */
  finish(): VectorTable {
    if (this.count === 0) throw new FormatError(this.file, 'holds no words at all');
    const used = this.count * this.dimension;
    // A copy frees the spare room; a view is kept where the room is small against the table.
    const matrix =
      this.matrix.length > used * 1.1 ? this.matrix.slice(0, used) : this.matrix.subarray(0, used);
    return { words: [...this.rowOf.keys()], dimension: this.dimension, matrix };
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
