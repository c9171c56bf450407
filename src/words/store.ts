/** Reads and writes packed stores, `.lexw` (store-content.ts): word vectors that load as fast as the file can be read. */
import { prepareMemory } from '../binding/native.js';
import { readBlocks, writeBlocks } from '../formats/block-file.js';
import { hasMagic } from '../formats/blocks.js';
import { bytesOf } from '../formats/bytes.js';
import { HALF_MAX, toHalf } from '../formats/half.js';
import { LexelError } from '../util/errors.js';
import { MemoryBudget } from './memory.js';
import {
  decodeHalf,
  STORE,
  type StoredTable,
  storeSchema,
  storeSizes,
  tableOf,
  wordsOf,
} from './store-content.js';
import type { ReadOptions } from './table.js';
import { rowNorms } from './top-rows.js';
import type { VectorTable } from './vector-table.js';
import { checksumOf } from './word-table.js';

export interface PackOptions {
  /** Element type of the matrix. Default: float32. float16 halves the file and keeps about three significant digits. */
  readonly dtype?: 'float32' | 'float16';
}

/**
 * Writes a store atomically.
 *
 * @throws LexelError for a word with a line break, a repeated word, or a value that float16 cannot represent.
 */
export function writeStore(
  file: string,
  table: VectorTable & { readonly source: string },
  options: PackOptions = {},
): void {
  const dtype = options.dtype ?? 'float32';
  for (const word of table.words) {
    if (word.includes('\n')) {
      throw new LexelError(`the word ${JSON.stringify(word)} contains a line break and cannot be packed`);
    }
  }
  if (new Set(table.words).size < table.words.length) {
    const seen = new Set<string>();
    const twice = table.words.find((word) => seen.size === seen.add(word).size);
    throw new LexelError(
      `the word ${JSON.stringify(twice)} occurs twice; the words of a packed store must be unique`,
    );
  }
  const matrix = dtype === 'float16' ? encodeHalf(table) : table.matrix;
  // The values as they will be read back; rounded if float16.
  const seen = dtype === 'float16' ? decodeHalf(matrix as Uint16Array) : table.matrix;
  const { dimension, source } = table;
  const count = table.words.length;
  const sha256 = checksumOf(table.words, dimension, seen);
  writeBlocks(file, STORE, { format: 'lexel-words', count, dimension, dtype, source, sha256 }, [
    ['words', Buffer.from(table.words.join('\n'), 'utf8')],
    ['norms', bytesOf(rowNorms(seen, count, dimension))],
    ['matrix', bytesOf(matrix)],
  ]);
}

/**
 * Reads a store and verifies the checksums of all bytes.
 *
 * @throws FormatError if the file is not a store, has another version, is truncated, too long or damaged, or needs more
 *   memory than the limit.
 */
export function readStore(file: string, { maxMemory }: Pick<ReadOptions, 'maxMemory'> = {}): StoredTable {
  return readBlocks(file, STORE, storeSchema, storeSizes, (reader) =>
    tableOf(reader, new MemoryBudget(file, maxMemory), prepareMemory),
  );
}

/** Reads the words of a store without its matrix. */
export function readStoreWords(file: string): string[] {
  return readBlocks(file, STORE, storeSchema, storeSizes, (reader) =>
    wordsOf(reader, new MemoryBudget(file)),
  );
}

/** Whether the first bytes are those of a store. */
export function isStore(firstBytes: Buffer): boolean {
  return hasMagic(firstBytes, STORE);
}

function encodeHalf({ matrix, words, dimension }: VectorTable): Uint16Array {
  const large = matrix.findIndex((value) => Math.abs(value) > HALF_MAX);
  if (large >= 0) {
    const word = words[Math.floor(large / dimension)];
    throw new LexelError(`"${word}": ${matrix[large]} is too large for float16`, 'Pack as float32.');
  }
  return toHalf(matrix);
}
