/**
 * The index of a folder's images, `.lex`: a file of checked blocks (see formats/blocks.ts) with the images' names,
 * sizes and times, and their outputs in a model's centred space at unit length, as float32 or float16. The header
 * names the model, its labels and μ: vectors of another model mean nothing here.
 */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { prepareMemory } from '../binding/native.js';
import { type BlockFormat, blockSchema, bytesOf, readBlocks, writeBlocks } from '../formats/index.js';
import { LexelError } from '../util/errors.js';

const FORMAT: BlockFormat = {
  magic: 'LEXI',
  version: 1,
  what: 'an index of images',
  make: 'Make one with `lexel index`.',
  renew: 'Remove it and index the folder again with this program.',
  damaged: 'The file is damaged: remove it and index the folder again with `lexel index`.',
};

const headerSchema = z.object({
  format: z.literal('lexel-index'),
  count: z.number().int().positive(),
  dimension: z.number().int().positive(),
  dtype: z.enum(['float32', 'float16']),
  /** The folder that the names are relative to, itself relative to the index's own folder, where that is possible. */
  root: z.string(),
  model: z.object({
    /** Where it was, relative as `root` is; empty for the bundled one. */
    file: z.string(),
    /** Of the model file, hex (formats/content-checksum.ts). */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    network: z.string(),
    recipe: z.string(),
  }),
  /** Labels of the model's space, in class order. */
  labels: z.array(z.string()),
  /** μ: what is taken off points and words before their cosine, [dimension]. */
  mu: z.array(z.number()),
  /** In whose space the images lie (src/readings). Absent in indexes of earlier versions: the network's own. */
  reading: z.string().optional(),
  names: blockSchema,
  stats: blockSchema,
  matrix: blockSchema,
});
type Header = z.infer<typeof headerSchema>;

/** What an index says of itself. */
export type IndexHeader = Omit<Header, 'format' | 'names' | 'stats' | 'matrix'>;

/** An index in memory. */
export interface IndexTable {
  readonly header: IndexHeader;
  /** Files relative to the root, with "/" between folders, [count]. */
  readonly names: readonly string[];
  /** float64 [count, 2]: size in bytes and time of the last change in ms since 1970, when the image was read. */
  readonly stats: Float64Array;
  /** [count, dimension]: unit rows, or zero; float16 as bit patterns. On a SharedArrayBuffer when read from a file. */
  readonly matrix: Float32Array | Uint16Array;
}

const sizes = ({ count, dimension, dtype }: Header) =>
  [
    ['names', null],
    ['stats', count * 16],
    ['matrix', count * dimension * (dtype === 'float32' ? 4 : 2)],
  ] as const;

/** Writes an index. The file appears whole or not at all. */
export function writeIndex(file: string, { header, names, stats, matrix }: IndexTable): void {
  writeBlocks(file, FORMAT, { format: 'lexel-index', ...header }, [
    ['names', Buffer.from(names.join('\0'), 'utf8')],
    ['stats', bytesOf(stats)],
    ['matrix', bytesOf(matrix)],
  ]);
}

/**
 * Reads an index and checks every byte of it; the matrix is read straight into memory that threads share.
 *
 * @throws LexelError when there is none; FormatError when it is something else, of another version, cut short, or damaged.
 */
export function readIndex(file: string): IndexTable {
  if (!existsSync(file)) throw new LexelError(`${file}: there is no such index`, FORMAT.make);
  return readBlocks(file, FORMAT, headerSchema, sizes, (reader) => {
    const { format: _f, names: _n, stats: _s, matrix: _m, ...header } = reader.header;
    if (header.mu.length !== header.dimension) {
      throw reader.damaged(`header, mu: ${header.mu.length} numbers, ${header.dimension} expected`);
    }
    const names = Buffer.from(reader.read('names')).toString('utf8').split('\0');
    if (names.length !== header.count) {
      throw reader.damaged(`names ${names.length} images, its header says ${header.count}`);
    }
    const stats = new Float64Array(reader.read('stats'));
    const shared = reader.readShared('matrix', prepareMemory);
    const matrix = header.dtype === 'float16' ? new Uint16Array(shared) : new Float32Array(shared);
    return { header, names, stats, matrix };
  });
}
