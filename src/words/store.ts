/**
 * The compact store, `.lexw`: word vectors that load in the time it takes to read the file.
 *
 *     bytes 0-3    "LEXW"
 *     bytes 4-7    version, uint32 little-endian: 1
 *     bytes 8-11   length of the header, uint32
 *     bytes 12-15  CRC-32 of the header, uint32
 *     then         the header: JSON (see {@link headerSchema}); then three blocks, each on a multiple of 64 bytes,
 *                  zeros between: words (UTF-8, one a line), norms (float32), matrix (float32 or float16)
 *
 * Every byte is covered: magic, version and header by themselves, blocks by a CRC-32 in the header, gaps are zero
 * and the file ends with the last block. CRC-32 guards against accidents at memory speed; the SHA-256 that names
 * the vectors in a run is computed once, when they are packed, and stands in the header.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { bytesOf, writeFileAtomic } from '../formats/atomic.js';
import { fromHalf, HALF_MAX, toHalf } from '../formats/half.js';
import { FormatError, LexelError } from '../util/errors.js';
import { MAX_DIMENSION, type VectorTable } from './table.js';
import { rowNorms } from './top-k.js';
import { checksumOf } from './word-vectors.js';

const MAGIC = 'LEXW';
const VERSION = 1;
const PRELUDE = 16;
const ALIGN = 64;
/** Largest piece for one read, write or checksum call: they take 32-bit lengths. */
const PIECE = 1 << 30;
const DAMAGED = 'The file is damaged: pack it again with `lexel words pack`, or fetch it again.';

const size = z.number().int().nonnegative();
const blockSchema = z.object({ offset: size, length: size, crc32: size });
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

export interface PackOptions {
  /** Element type of the matrix. Default float32; float16 halves the file and keeps about three decimals. */
  readonly dtype?: 'float32' | 'float16';
}

/**
 * Writes a store. The file appears whole or not at all.
 *
 * @throws LexelError for a word with a line end in it, or a value that float16 cannot hold.
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
  const matrix = dtype === 'float16' ? encodeHalf(table) : table.matrix;
  // What a reader will see; for float16 that is the rounded values.
  const seen = dtype === 'float16' ? decodeHalf(matrix as Uint16Array) : table.matrix;
  const blocks = [
    Buffer.from(table.words.join('\n'), 'utf8'),
    bytesOf(rowNorms(seen, table.words.length, table.dimension)),
    bytesOf(matrix),
  ];
  const sums = blocks.map(crcOf);
  const layout = (headerLength: number): Header => {
    let end = PRELUDE + headerLength;
    const [words, norms, vectors] = blocks.map((block, i) => {
      const offset = Math.ceil(end / ALIGN) * ALIGN;
      end = offset + block.length;
      return { offset, length: block.length, crc32: sums[i] };
    });
    const { dimension, source } = table;
    const count = table.words.length;
    const sha256 = checksumOf(table.words, dimension, seen);
    return { format: 'lexel-words', count, dimension, dtype, source, sha256, words, norms, matrix: vectors };
  };
  // Offsets stand in the header and depend on its length: room for them is made beforehand.
  let json = JSON.stringify(layout(0));
  const headerLength = Math.ceil((Buffer.byteLength(json) + 48) / ALIGN) * ALIGN - PRELUDE;
  const header = layout(headerLength);
  json = JSON.stringify(header);
  const headerBytes = Buffer.alloc(headerLength, 0x20);
  headerBytes.write(json, 'utf8');
  const prelude = Buffer.alloc(PRELUDE);
  prelude.write(MAGIC, 'latin1');
  prelude.writeUInt32LE(VERSION, 4);
  prelude.writeUInt32LE(headerLength, 8);
  prelude.writeUInt32LE(crc32(headerBytes), 12);

  const chunks: Uint8Array[] = [prelude, headerBytes];
  let at = PRELUDE + headerLength;
  for (const [i, block] of [header.words, header.norms, header.matrix].entries()) {
    chunks.push(new Uint8Array(block.offset - at), ...piecesOf(blocks[i]));
    at = block.offset + block.length;
  }
  writeFileAtomic(file, chunks);
}

/**
 * Reads a store and checks every byte of it.
 *
 * @throws FormatError when it is no store, of another version, cut short, longer than it should be, or damaged.
 */
export function readStore(file: string): VectorTable & { checksum: string; source: string } {
  const fd = openSync(file, 'r');
  try {
    const fileSize = fstatSync(fd).size;
    const header = readHeader(fd, file, fileSize);
    const { words: w, norms: n, matrix: m, count, dimension } = header;
    const words = Buffer.from(readBlock(fd, file, 'words', w))
      .toString('utf8')
      .split('\n');
    if (words.length !== count) fail(file, `holds ${words.length} words, its header says ${count}`, DAMAGED);
    const norms = new Float32Array(readBlock(fd, file, 'norms', n));
    const raw = readBlock(fd, file, 'matrix', m);
    const matrix = header.dtype === 'float16' ? decodeHalf(new Uint16Array(raw)) : new Float32Array(raw);
    return { words, dimension, matrix, norms, checksum: header.sha256, source: header.source };
  } finally {
    closeSync(fd);
  }
}

/** Count, dimension and words of a store without its matrix. */
export function readStoreWords(file: string): string[] {
  const fd = openSync(file, 'r');
  try {
    const header = readHeader(fd, file, fstatSync(fd).size);
    return Buffer.from(readBlock(fd, file, 'words', header.words))
      .toString('utf8')
      .split('\n');
  } finally {
    closeSync(fd);
  }
}

/** Does the file begin like a store? */
export function isStore(firstBytes: Buffer): boolean {
  return firstBytes.length >= 4 && firstBytes.toString('latin1', 0, 4) === MAGIC;
}

function readHeader(fd: number, file: string, fileSize: number): Header {
  const prelude = readAt(fd, file, 0, Math.min(PRELUDE, fileSize));
  if (!isStore(prelude)) {
    fail(file, 'byte 0: not a packed word store ("LEXW" expected)', 'Make one with `lexel words pack`.');
  }
  if (prelude.length < PRELUDE) fail(file, `is cut short after ${fileSize} bytes`, DAMAGED);
  const version = prelude.readUInt32LE(4);
  if (version !== VERSION) {
    fail(
      file,
      `byte 4: version ${version}, this program reads version ${VERSION}`,
      'Pack the vectors again with this program.',
    );
  }
  const length = prelude.readUInt32LE(8);
  if (PRELUDE + length > fileSize) {
    fail(file, `byte 8: a header of ${length} bytes in a file of ${fileSize}`, DAMAGED);
  }
  const bytes = readAt(fd, file, PRELUDE, length);
  if (crc32(bytes) !== prelude.readUInt32LE(12))
    fail(file, `bytes 16-${PRELUDE + length}: the header's checksum differs`, DAMAGED);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    fail(file, 'byte 16: the header is not JSON', DAMAGED);
  }
  const parsed = headerSchema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    fail(file, `header, ${path.join('.') || 'top'}: ${message}`, DAMAGED);
  }
  checkLayout(fd, file, fileSize, parsed.data, PRELUDE + length);
  return parsed.data;
}

/** Blocks must follow each other with nothing but zeros between, have the sizes that the counts ask for, and end the file. */
function checkLayout(fd: number, file: string, fileSize: number, header: Header, start: number): void {
  const { count, dimension, dtype, words, norms, matrix } = header;
  const sizes: readonly (readonly [string, Header['words'], number])[] = [
    ['words', words, words.length],
    ['norms', norms, count * 4],
    ['matrix', matrix, count * dimension * (dtype === 'float32' ? 4 : 2)],
  ];
  let end = start;
  for (const [name, block, length] of sizes) {
    if (block.offset !== Math.ceil(end / ALIGN) * ALIGN || block.length !== length) {
      fail(file, `header, ${name}: ${block.length} bytes at ${block.offset} do not fit the layout`, DAMAGED);
    }
    if (block.offset <= fileSize && readAt(fd, file, end, block.offset - end).some((byte) => byte !== 0)) {
      fail(file, `bytes ${end}-${block.offset}: zeros expected before the ${name}`, DAMAGED);
    }
    end = block.offset + length;
  }
  if (fileSize < end) fail(file, `is cut short: ${fileSize} of ${end} bytes`, DAMAGED);
  if (fileSize > end)
    fail(file, `byte ${end}: ${fileSize - end} bytes follow the end of the matrix`, DAMAGED);
}

function readBlock(fd: number, file: string, name: string, block: Header['words']): ArrayBuffer {
  const bytes = readAt(fd, file, block.offset, block.length);
  if (crcOf(bytes) !== block.crc32) {
    fail(
      file,
      `bytes ${block.offset}-${block.offset + block.length}: the checksum of the ${name} differs`,
      DAMAGED,
    );
  }
  return bytes.buffer as ArrayBuffer;
}

function readAt(fd: number, file: string, offset: number, length: number): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const got = readSync(fd, bytes, done, Math.min(PIECE, length - done), offset + done);
    if (got === 0) fail(file, `is cut short: nothing at byte ${offset + done}`, DAMAGED);
    done += got;
  }
  return bytes;
}

function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) pieces.push(bytes.subarray(at, at + PIECE));
  return pieces;
}

function crcOf(bytes: Uint8Array): number {
  return piecesOf(bytes).reduce((sum, piece) => crc32(piece, sum), 0);
}

function encodeHalf({ matrix, words, dimension }: VectorTable): Uint16Array {
  const large = matrix.findIndex((value) => Math.abs(value) > HALF_MAX);
  if (large >= 0) {
    const word = words[Math.floor(large / dimension)];
    throw new LexelError(`"${word}": ${matrix[large]} is too large for float16`, 'Pack as float32.');
  }
  return toHalf(matrix);
}

/** By look-up in a table of all 65,536 halves: 120 million values take a third of a second. */
function decodeHalf(halves: Uint16Array): Float32Array {
  const table = fromHalf(Uint16Array.from({ length: 65_536 }, (_, bits) => bits));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table[halves[i]];
  return values;
}

function fail(file: string, problem: string, hint: string): never {
  throw new FormatError(file, problem, hint);
}
