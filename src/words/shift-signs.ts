/**
 * Detects lost or added bytes in word2vec binaries without a newline after each vector, where no other check may find
 * them. It looks for two signs: words that are not valid UTF-8, and vectors with very small values. If a file has a
 * sign exactly once, bytes were lost or added there. If it has the sign several times, the file was written that way:
 * its words have an 8-bit encoding, or its weights have decayed. (Two shifts in one file that no other check finds are
 * very unlikely.)
 */
import { isUtf8 } from 'node:buffer';

/** Non-zero values below this are rare in trained vectors, except with weight decay, where they are frequent. */
const SMALLEST = 1e-30;

/** The location of a word that may begin with bytes of the previous vector. */
export interface Trace {
  readonly place: string;
  readonly problem: string;
}

interface Sign {
  /** Number of occurrences in the file. */
  count: number;
  /** The last word that seems to start within a vector, and the minimum magnitude of that vector's last value. */
  last?: Trace & { readonly size: number };
}

export class ShiftSigns {
  /** Words that are not valid UTF-8. */
  private readonly foreign: Sign = { count: 0 };
  /** Vectors with very small values. */
  private readonly small: Sign = { count: 0 };
  /** Whether the vector before the current word has very small values; undefined before the first vector. */
  private afterSmall: boolean | undefined;

  /** Checks a vector, float32 [dimension]. */
  vector(values: Float32Array): void {
    this.afterSmall = false;
    for (let j = 0; j < values.length && !this.afterSmall; j++) {
      this.afterSmall = Math.abs(values[j]) < SMALLEST && values[j] !== 0;
    }
    if (this.afterSmall) this.small.count++;
  }

  /** Checks a word's bytes. @param trace returns the message for the case that the word is invalid. */
  word(bytes: Buffer, trace: () => Trace): void {
    const end = this.afterSmall ? floatEnd(bytes[0]) : undefined;
    if (end !== undefined) this.small.last = { ...trace(), size: end };
    if (isUtf8(bytes)) return;
    this.foreign.count++;
    // There is no vector before the first word.
    const before = this.afterSmall === undefined ? undefined : floatBefore(bytes);
    if (before !== undefined) this.foreign.last = { ...trace(), size: before };
  }

  /**
   * Where bytes were lost or added; undefined if nowhere.
   * @param matrix all values of the file. A suspected value counts only if some value is at least as large.
   */
  found(matrix: Float32Array): Trace | undefined {
    for (const { count, last } of [this.foreign, this.small]) {
      if (last && count === 1 && matrix.some((value) => Math.abs(value) >= last.size)) return last;
    }
    return undefined;
  }
}

/**
 * Checks whether a word that is not valid UTF-8 may start with the last bytes of a float: the rest must be valid UTF-8.
 * (Words that word2vec has truncated within a character are invalid at their end instead.)
 * @returns the minimum magnitude of the float; undefined if the word does not start with one.
 */
function floatBefore(bytes: Buffer): number | undefined {
  for (let k = 1; k <= 4 && k < bytes.length; k++) {
    const size = floatEnd(bytes[k - 1]);
    if (size !== undefined && isUtf8(bytes.subarray(k))) return size;
  }
  return undefined;
}

/** The minimum magnitude of a float32 whose last byte is `byte`; undefined outside the usual range of weights. */
function floatEnd(byte: number): number | undefined {
  // The upper seven of the eight exponent bits.
  const exponent = byte & 0x7f;
  return exponent >= 0x38 && exponent <= 0x41 ? 2 ** (2 * exponent - 127) : undefined;
}
