/**
 * The packed store, `.lexw`: word vectors that load as fast as the file can be read. The file has three blocks with
 * checksums (see formats/blocks.ts): words (UTF-8, one per line), norms (float32) and matrix (float32 or float16). The
 * SHA-256 that identifies the vectors in a run is computed when they are packed, and stored in the header.
 */
import { constants } from 'node:buffer';
import { z } from 'zod';
import { prepareMemory } from '../binding/native.js';
import { bytesOf } from '../formats/atomic.js';
import {
  type BlockFormat,
  type BlockReader,
  blockSchema,
  hasMagic,
  readBlocks,
  writeBlocks,
} from '../formats/blocks.js';
import { HALF_MAX, halfTable, toHalf } from '../formats/half.js';
import { LexelError } from '../util/errors.js';
import { MemoryBudget } from './memory.js';
import { MAX_DIMENSION, type ReadOptions, type VectorTable } from './table.js';
import { rowNorms } from './top-k.js';
import { checksumOf } from './word-vectors.js';

const FORMAT: BlockFormat = {
  magic: 'LEXW',
  version: 1,
  what: 'a packed word store',
  make: 'Make one with `lexel words pack`.',
  renew: 'Pack the vectors again with this program.',
  damaged: 'The file is damaged: pack it again with `lexel words pack`, or download it again.',
};

const headerSchema = z.object({
  format: z.literal('lexel-words'),
  count: z.number().int().positive(),
  dimension: z.number().int().positive().max(MAX_DIMENSION),
  dtype: z.enum(['float32', 'float16']),
  /** Name of the file from which it was packed. */
  source: z.string(),
  /** SHA-256 of words and float32 values, hex; see {@link checksumOf}. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  words: blockSchema,
  norms: blockSchema,
  matrix: blockSchema,
});
type Header = z.infer<typeof headerSchema>;

const sizes = ({ count, dimension, dtype }: Header) =>
  [
    ['words', null],
    ['norms', count * 4],
    ['matrix', count * dimension * (dtype === 'float32' ? 4 : 2)],
  ] as const;

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
  writeBlocks(file, FORMAT, { format: 'lexel-words', count, dimension, dtype, source, sha256 }, [
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
export function readStore(
  file: string,
  { maxMemory }: Pick<ReadOptions, 'maxMemory'> = {},
): VectorTable & { checksum: string; source: string } {
  return readBlocks(file, FORMAT, headerSchema, sizes, (reader) => {
    const { count, dimension, dtype, sha256: checksum, source } = reader.header;
    const budget = new MemoryBudget(file, maxMemory);
    const words = wordsOf(reader, budget);
    // float16 values and their float32 conversions are in memory at the same time: 6 bytes per value.
    if (count * (4 + dimension * (dtype === 'float32' ? 4 : 6)) > budget.left) throw budget.exceeded();
    const norms = new Float32Array(reader.read('norms'));
    const raw = reader.read('matrix', prepareMemory);
    const matrix = dtype === 'float16' ? decodeHalf(new Uint16Array(raw)) : new Float32Array(raw);
    return { words, dimension, matrix, norms, checksum, source };
  });
}

/** Reads the words of a store without its matrix. */
export function readStoreWords(file: string): string[] {
  return readBlocks(file, FORMAT, headerSchema, sizes, (reader) => wordsOf(reader, new MemoryBudget(file)));
}

/** Whether the first bytes are those of a store. */
export function isStore(firstBytes: Buffer): boolean {
  return hasMagic(firstBytes, FORMAT);
}

function wordsOf(reader: BlockReader<Header>, budget: MemoryBudget): string[] {
  const { count, words } = reader.header;
  budget.addWords(count, words.length);
  if (words.length > constants.MAX_STRING_LENGTH) throw reader.damaged(`${words.length} bytes of words`);
  const bytes = Buffer.from(reader.read('words'));
  // Count the lines before they are split into strings.
  let lines = 1;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  if (lines !== count) throw reader.damaged(`contains ${lines} words, but the header declares ${count}`);
  return bytes.toString('utf8').split('\n');
}

function encodeHalf({ matrix, words, dimension }: VectorTable): Uint16Array {
  const large = matrix.findIndex((value) => Math.abs(value) > HALF_MAX);
  if (large >= 0) {
    const word = words[Math.floor(large / dimension)];
    throw new LexelError(`"${word}": ${matrix[large]} is too large for float16`, 'Pack as float32.');
  }
  return toHalf(matrix);
}

function decodeHalf(halves: Uint16Array): Float32Array {
  const table = halfTable();
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table[halves[i]];
  return values;
}
