/**
 * The index of a folder's images, `.lex`: a file of checked blocks (formats/blocks.ts) with the images'
 * names, sizes and times, and their points as unit vectors of a model's centred space, in float32 or float16.
 * The header identifies the model, its labels and μ, because points of different models are not comparable.
 */
import { existsSync } from 'node:fs';
import { prepareMemory } from '../binding/native.js';
import { type BlockFormat, blockSchema, bytesOf, readBlocks, writeBlocks } from '../formats/index.js';
import { LexelError } from '../util/errors.js';
import * as z from '../util/zod.js';

const FORMAT: BlockFormat = {
  magic: 'LEXI',
  version: 1,
  what: 'an index of images',
  make: 'Create one with `lexel index`.',
  renew: 'Remove it and index the folder again with this program.',
  damaged: 'The file is damaged: remove it and index the folder again with `lexel index`.',
};

const headerSchema = z.object({
  format: z.literal('lexel-index'),
  count: z.number().int().positive(),
  dimension: z.number().int().positive(),
  dtype: z.enum(['float32', 'float16']),
  /** The folder that the names are relative to; stored relative to the index's own folder if possible. */
  root: z.string(),
  model: z.object({
    /** The model's path when the index was made, relative like `root`; empty for the bundled model. */
    file: z.string(),
    /** Of the model file, hex (formats/content-checksum.ts). */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    network: z.string(),
    recipe: z.string(),
  }),
  /** Labels of the model's space, in class order. */
  labels: z.array(z.string()),
  /** μ [dimension], subtracted from points and words before their cosine is taken. */
  mu: z.array(z.number()),
  /**
   * The reading whose space the points lie in (src/readings). Absent in indexes of earlier versions, which
   * used the network's own.
   */
  reading: z.string().optional(),
  names: blockSchema,
  stats: blockSchema,
  matrix: blockSchema,
});
type Header = z.infer<typeof headerSchema>;

/** The header without the facts that follow from the contents. */
export type IndexHeader = Omit<Header, 'format' | 'names' | 'stats' | 'matrix'>;

/** An index in memory. */
export interface IndexTable {
  readonly header: IndexHeader;
  /** Paths relative to the root, with "/" between folders, [count]. */
  readonly names: readonly string[];
  /** float64 [count, 2]: size in bytes, and modification time in ms since 1970, when the image was read. */
  readonly stats: Float64Array;
  /**
   * [count, dimension]: unit rows, or zero; float16 as bit patterns. In a SharedArrayBuffer if read from a
   * file.
   */
  readonly matrix: Float32Array | Uint16Array;
}

const sizes = ({ count, dimension, dtype }: Header) =>
  [
    ['names', null],
    ['stats', count * 16],
    ['matrix', count * dimension * (dtype === 'float32' ? 4 : 2)],
  ] as const;

/** Writes an index atomically. */
export function writeIndex(file: string, { header, names, stats, matrix }: IndexTable): void {
  writeBlocks(file, FORMAT, { format: 'lexel-index', ...header }, [
    ['names', Buffer.from(names.join('\0'), 'utf8')],
    ['stats', bytesOf(stats)],
    ['matrix', bytesOf(matrix)],
  ]);
}

/**
 * Reads an index and verifies all checksums. The matrix is read directly into memory that threads can share.
 *
 * @throws LexelError if the file does not exist; FormatError if it is not an index, has another version, or
 * is truncated or damaged
 */
export function readIndex(file: string): IndexTable {
  if (!existsSync(file))
    throw new LexelError(`${file}: no such index`, FORMAT.make, { code: 'LEXEL_NOT_FOUND' });
  return readBlocks(file, FORMAT, headerSchema, sizes, (reader) => {
    const { format: _f, names: _n, stats: _s, matrix: _m, ...header } = reader.header;
    if (header.mu.length !== header.dimension) {
      throw reader.damaged(`header, mu: ${header.mu.length} numbers, expected ${header.dimension}`);
    }
    const names = Buffer.from(reader.read('names')).toString('utf8').split('\0');
    if (names.length !== header.count) {
      throw reader.damaged(
        `contains ${names.length} image names, but its header has a count of ${header.count}`,
      );
    }
    const stats = new Float64Array(reader.read('stats'));
    const shared = reader.readShared('matrix', prepareMemory);
    const matrix = header.dtype === 'float16' ? new Uint16Array(shared) : new Float32Array(shared);
    return { header, names, stats, matrix };
  });
}
