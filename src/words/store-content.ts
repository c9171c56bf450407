/**
 * The content of a packed store, `.lexw`: three blocks with checksums (formats/blocks.ts): words (UTF-8, one per line), norms
 * (float32) and matrix (float32 or float16). The SHA-256 that identifies the vectors in a run is stored in the header.
 */
import { type BlockFormat, BlockReader, blockSchema, blocksIn } from '../formats/blocks.js';
import { halfTable } from '../formats/half.js';
import type { FormatError } from '../util/errors.js';
import * as z from '../util/zod.js';
import { MAX_DIMENSION, type VectorTable } from './vector-table.js';

export const STORE: BlockFormat = {
  magic: 'LEXW',
  version: 1,
  what: 'a packed word store',
  make: 'Make one with `lexel words pack`.',
  renew: 'Pack the vectors again with this program.',
  damaged: 'The file is damaged: pack it again with `lexel words pack`, or download it again.',
};

export const storeSchema = z.object({
  format: z.literal('lexel-words'),
  count: z.number().int().positive(),
  dimension: z.number().int().positive().max(MAX_DIMENSION),
  dtype: z.enum(['float32', 'float16']),
  /** Name of the file from which it was packed. */
  source: z.string(),
  /** SHA-256 of words and float32 values, hex; see `checksumOf`. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  words: blockSchema,
  norms: blockSchema,
  matrix: blockSchema,
});
export type StoreHeader = z.infer<typeof storeSchema>;

/** The blocks with the lengths that follow from the header. */
export const storeSizes = ({ count, dimension, dtype }: StoreHeader) =>
  [
    ['words', null],
    ['norms', count * 4],
    ['matrix', count * dimension * (dtype === 'float32' ? 4 : 2)],
  ] as const;

/** A limit of the memory for words and vectors. */
export interface StoreBudget {
  /** Bytes left for the vectors. */
  readonly left: number;
  /** Counts words. @throws FormatError if they exceed the limit */
  addWords(count: number, characters: number): void;
  /** The error for vectors that exceed the limit. */
  exceeded(): FormatError;
}

/** The table of a store, with its checksum and the name of the file from which it was packed. */
export interface StoredTable extends VectorTable {
  readonly checksum: string;
  readonly source: string;
}

/**
 * Reads a store in memory and verifies the checksums of all bytes.
 *
 * @param file name of the store, for messages
 * @throws FormatError if it is not a store, has another version, is truncated, too long or damaged
 */
export const parseStore = (file: string, bytes: Uint8Array): StoredTable =>
  tableOf(new BlockReader(blocksIn(bytes), file, STORE, storeSchema, storeSizes));

/**
 * @param prepare called with the memory of the matrix before the first write to it
 * @throws FormatError if a block is damaged, or the table exceeds the budget
 */
export function tableOf(
  reader: BlockReader<StoreHeader>,
  budget?: StoreBudget,
  prepare?: (memory: Uint8Array) => void,
): StoredTable {
  const { count, dimension, dtype, sha256: checksum, source } = reader.header;
  const words = wordsOf(reader, budget);
  // float16 values and their float32 conversions are in memory at the same time: 6 bytes per value.
  if (budget && count * (4 + dimension * (dtype === 'float32' ? 4 : 6)) > budget.left)
    throw budget.exceeded();
  const norms = new Float32Array(reader.read('norms'));
  const raw = reader.read('matrix', prepare);
  const matrix = dtype === 'float16' ? decodeHalf(new Uint16Array(raw)) : new Float32Array(raw);
  return { words, dimension, matrix, norms, checksum, source };
}

/** Maximum number of characters in a string of V8. */
const MOST_CHARACTERS = 2 ** 29 - 24;

/** The words of a store. Throws like {@link tableOf}. */
export function wordsOf(reader: BlockReader<StoreHeader>, budget?: StoreBudget): string[] {
  const { count, words } = reader.header;
  budget?.addWords(count, words.length);
  if (words.length > MOST_CHARACTERS) throw reader.damaged(`${words.length} bytes of words`);
  const bytes = new Uint8Array(reader.read('words'));
  // Count the lines before they are split into strings.
  let lines = 1;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  if (lines !== count) throw reader.damaged(`contains ${lines} words, but the header declares ${count}`);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\n');
}

export function decodeHalf(halves: Uint16Array): Float32Array {
  const table = halfTable();
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table[halves[i]];
  return values;
}
