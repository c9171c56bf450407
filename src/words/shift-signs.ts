/**
 * Signs that bytes of a word2vec binary were lost or added. They are for files without a newline after each vector, in
 * which no other check may find it. A file that has a sign once was shifted there. One that has it several times was
 * written so: its words are in an 8-bit encoding, or its weights have decayed. (Two shifts in one file that no other
 * check finds are very unlikely.)
 */
import { isUtf8 } from 'node:buffer';

/** Values below it, other than zero, are rarely trained ones; where weights decay, many are. */
const SMALLEST = 1e-30;

/** A word before which a vector may go on. */
export interface Trace {
  readonly place: string;
  readonly problem: string;
}

interface Sign {
  /** How often the file has it. */
  count: number;
  /** The last word that looks as if it started within a vector, and the least size of that vector's last value. */
  last?: Trace & { readonly size: number };
}

export class ShiftSigns {
  /** Words that are no UTF-8. */
  private readonly foreign: Sign = { count: 0 };
  /** Vectors with very small values. */
  private readonly small: Sign = { count: 0 };
  /** The vector before the present word is such a one; undefined before the first vector. */
  private afterSmall: boolean | undefined;

  /** Looks at a vector, float32 [dimension]. */
  vector(values: Float32Array): void {
    this.afterSmall = false;
    for (let j = 0; j < values.length && !this.afterSmall; j++) {
      this.afterSmall = Math.abs(values[j]) < SMALLEST && values[j] !== 0;
    }
    if (this.afterSmall) this.small.count++;
  }

  /** Looks at a word's bytes. @param trace what to say if the word is no word. */
  word(bytes: Buffer, trace: () => Trace): void {
    const end = this.afterSmall ? floatEnd(bytes[0]) : undefined;
    if (end !== undefined) this.small.last = { ...trace(), size: end };
    if (isUtf8(bytes)) return;
    this.foreign.count++;
    // No vector stands before the first word.
    const before = this.afterSmall === undefined ? undefined : floatBefore(bytes);
    if (before !== undefined) this.foreign.last = { ...trace(), size: before };
  }

  /** Where the file was shifted, if it was. @param matrix all its values: the end of a vector is no larger than they. */
  found(matrix: Float32Array): Trace | undefined {
    for (const { count, last } of [this.foreign, this.small]) {
      if (last && count === 1 && matrix.some((value) => Math.abs(value) >= last.size)) return last;
    }
    return undefined;
  }
}

/**
 * The end of a float may stand before a word that is no UTF-8, if what follows that end is. (Words that word2vec has cut
 * within a character are no UTF-8 at their own end.)
 * @returns the least size of the float, if there may be one.
 */
function floatBefore(bytes: Buffer): number | undefined {
  for (let k = 1; k <= 4 && k < bytes.length; k++) {
    const size = floatEnd(bytes[k - 1]);
    if (size !== undefined && isUtf8(bytes.subarray(k))) return size;
  }
  return undefined;
}

/** The least size of the float32 that ends in this byte, for floats of usual size. */
function floatEnd(byte: number): number | undefined {
  // Seven bits of the exponent, all but its lowest.
  const exponent = byte & 0x7f;
  return exponent >= 0x38 && exponent <= 0x41 ? 2 ** (2 * exponent - 127) : undefined;
}
