/** The result type of all readers of word vectors. */
import type { Repair } from './repairs.js';

/** Words and a matrix with one row per word; {@link WordVectors} is built from it. */
export interface VectorTable {
  readonly words: readonly string[];
  readonly dimension: number;
  /** float32 [words, dimension], row-major. */
  readonly matrix: Float32Array;
  /** ‖row‖, [words], if the file stores them. */
  readonly norms?: Float32Array;
  /** The value of {@link WordVectors.checksum}, if the file stores it. */
  readonly checksum?: string;
  /** Repairs made while reading. Default: none. */
  readonly repairs?: readonly Repair[];
}

/** Maximum dimension, more than any published set has. A larger number means a broken header or line. */
export const MAX_DIMENSION = 65_536;
