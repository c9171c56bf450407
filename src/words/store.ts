/**
 * The compact store, `.lexw`: word vectors that load in the time it takes to read the file. A file of checked blocks
 * (see formats/blocks.ts): words (UTF-8, one a line), norms (float32), matrix (float32 or float16). The SHA-256 that names
 * the vectors in a run is computed once, when they are packed, and stands in the header.
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
  damaged: 'The file is damaged: pack it again with `lexel words pack`, or fetch it again.',
};

const headerSchema = z.object({
  format: z.literal('lexel-words'),
  count: z.number().int().positive(),
  dimension: z.number().int().positive().max(MAX_DIMENSION),
  dtype: z.enum(['float32', 'float16']),
  /** Name of the file that it was packed from. */
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
  /** Element type of the matrix. Default float32; float16 halves the file and keeps about three decimals. */
  readonly dtype?: 'float32' | 'float16';
}

/**
 * Writes a store. The file appears whole or not at all.
 *
 * @throws LexelError for a word with a line end in it or one that is there twice, or a value that float16 cannot hold.
 */
export function writeStore(
  file: string,
  table: VectorTable & { readonly source: string },
  options: PackOptions = {},
): void {
  const dtype = options.dtype ?? 'float32';
  for (const word of table.words) {
    if (word.includes('\n')) {
      throw new LexelError(`the word ${JSON.stringify(word)} holds a line end and cannot be packed`);
    }
  }
  if (new Set(table.words).size < table.words.length) {
    const seen = new Set<string>();
    const twice = table.words.find((word) => seen.size === seen.add(word).size);
    throw new LexelError(
      `the word ${JSON.stringify(twice)} is there twice, and a packed store holds each once`,
    );
  }
  const matrix = dtype === 'float16' ? encodeHalf(table) : table.matrix;
  // What a reader will see; for float16 that is the rounded values.
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
 * Reads a store and checks every byte of it.
 *
 * @throws FormatError when it is no store, of another version, cut short, longer than it should be, or damaged, or takes more
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
    // Half floats are in memory beside the floats that they become.
    if (count * (4 + dimension * (dtype === 'float32' ? 4 : 6)) > budget.left) throw budget.exceeded();
    const norms = new Float32Array(reader.read('norms'));
    const raw = reader.read('matrix', prepareMemory);
    const matrix = dtype === 'float16' ? decodeHalf(new Uint16Array(raw)) : new Float32Array(raw);
    return { words, dimension, matrix, norms, checksum, source };
  });
}

/** Words of a store without its matrix. */
export function readStoreWords(file: string): string[] {
  return readBlocks(file, FORMAT, headerSchema, sizes, (reader) => wordsOf(reader, new MemoryBudget(file)));
}

/** Does the file begin like a store? */
export function isStore(firstBytes: Buffer): boolean {
  return hasMagic(firstBytes, FORMAT);
}

function wordsOf(reader: BlockReader<Header>, budget: MemoryBudget): string[] {
  const { count, words } = reader.header;
  budget.addWords(count, words.length);
  if (words.length > constants.MAX_STRING_LENGTH) throw reader.damaged(`${words.length} bytes of words`);
  const bytes = Buffer.from(reader.read('words'));
  // Before they become as many strings.
  let lines = 1;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  if (lines !== count) throw reader.damaged(`holds ${lines} words, its header says ${count}`);
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
