/**
 * A container for large tables. They load in the time it takes to read the file, and every byte is checked:
 *
 *     bytes 0-3    magic, four letters
 *     bytes 4-7    version, uint32 little-endian
 *     bytes 8-11   length of the header, uint32
 *     bytes 12-15  CRC-32 of the header, uint32
 *     then         the header: JSON with offset, length and CRC-32 of each block; then the blocks, each at a
 *                  multiple of 64 bytes, with zeros between them
 *
 * Every byte is checked: magic and version directly, the header and the blocks by their CRC-32. Gaps must be zero, and
 * the file must end with the last block. CRC-32 protects against accidents and runs at memory speed.
 */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { FormatError } from '../util/errors.js';
import { writeFileAtomic } from './atomic.js';
import { openFile } from './read.js';

const PRELUDE = 16;
const ALIGN = 64;
/** Bytes per read; small enough to still be in cache for the checksum. */
const PIECE = 1 << 22;
/** Bytes per write at most: the system calls take 32-bit lengths. */
const LARGEST = 1 << 30;

/** Name and version of a file type, and the hints that errors give. */
export interface BlockFormat {
  /** Four ASCII letters. */
  readonly magic: string;
  readonly version: number;
  /** Description for messages, such as "a packed word store". */
  readonly what: string;
  /** Hint if the file has another type. */
  readonly make: string;
  /** Hint if it has another version. */
  readonly renew: string;
  /** Hint if it is damaged. */
  readonly damaged: string;
}

const size = z.number().int().nonnegative();
/** A block's entry in the header. */
export const blockSchema = z.object({ offset: size, length: size, crc32: size });
type Block = z.infer<typeof blockSchema>;

/** Writes a file atomically. Blocks are written in the given order; their header entries follow `fields`. */
export function writeBlocks(
  file: string,
  format: BlockFormat,
  fields: Readonly<Record<string, unknown>>,
  blocks: readonly (readonly [name: string, bytes: Uint8Array])[],
): void {
  const sums = blocks.map(([, bytes]) => piecesOf(bytes).reduce((sum, piece) => crc32(piece, sum), 0));
  const layout = (headerLength: number): [string, Block][] => {
    let end = PRELUDE + headerLength;
    return blocks.map(([name, { length }], i) => {
      const offset = aligned(end);
      end = offset + length;
      return [name, { offset, length, crc32: sums[i] }];
    });
  };
  const json = (entries: [string, Block][]) => JSON.stringify({ ...fields, ...Object.fromEntries(entries) });
  // The offsets are part of the header and depend on its length, so the header gets extra room for their digits.
  const headerLength = aligned(Buffer.byteLength(json(layout(0))) + 16 * blocks.length) - PRELUDE;
  const entries = layout(headerLength);
  const header = Buffer.alloc(headerLength, 0x20);
  header.write(json(entries), 'utf8');
  const prelude = Buffer.alloc(PRELUDE);
  prelude.write(format.magic, 'latin1');
  prelude.writeUInt32LE(format.version, 4);
  prelude.writeUInt32LE(headerLength, 8);
  prelude.writeUInt32LE(crc32(header), 12);

  const chunks: Uint8Array[] = [prelude, header];
  let at = PRELUDE + headerLength;
  for (const [i, [, { offset, length }]] of entries.entries()) {
    chunks.push(new Uint8Array(offset - at), ...piecesOf(blocks[i][1]));
    at = offset + length;
  }
  writeFileAtomic(file, chunks);
}

/** Whether the first bytes are the format's magic. */
export function hasMagic(firstBytes: Buffer, format: BlockFormat): boolean {
  return firstBytes.length >= 4 && firstBytes.toString('latin1', 0, 4) === format.magic;
}

/**
 * Opens a file, passes a reader to `read`, and closes the file.
 * @param schema schema of the whole header
 * @param sizes the blocks in order with the lengths that follow from the header's counts; null accepts any length
 * @throws FormatError if the file cannot be read, has another type or version, is truncated, too long, or damaged
 */
export function readBlocks<H extends object, T>(
  file: string,
  format: BlockFormat,
  schema: z.ZodType<H>,
  sizes: (header: H) => readonly (readonly [name: keyof H & string, length: number | null])[],
  read: (reader: BlockReader<H>) => T,
): T {
  const fd = openFile(file);
  try {
    return read(new BlockReader(fd, file, format, schema, sizes));
  } finally {
    closeSync(fd);
  }
}

/** An open file whose header and layout have been verified. */
export class BlockReader<H extends object> {
  readonly header: H;

  constructor(
    private readonly fd: number,
    private readonly file: string,
    private readonly format: BlockFormat,
    schema: z.ZodType<H>,
    sizes: (header: H) => readonly (readonly [name: keyof H & string, length: number | null])[],
  ) {
    const fileSize = fstatSync(fd).size;
    const { header, end } = this.readHeader(schema, fileSize);
    this.header = header;
    this.checkLayout(end, fileSize, sizes(header));
  }

  /**
   * Reads a block and verifies its checksum.
   * @param prepare called with the memory before the first write to it, to request huge pages: a large block then
   *   loads several times as fast
   */
  read(name: keyof H & string, prepare?: (memory: Uint8Array) => void): ArrayBuffer {
    const buffer = new ArrayBuffer(this.block(name).length);
    this.readInto(name, new Uint8Array(buffer), prepare);
    return buffer;
  }

  /** Like {@link read}, but reads directly into memory that threads can share. */
  readShared(name: keyof H & string, prepare?: (memory: Uint8Array) => void): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(this.block(name).length);
    this.readInto(name, new Uint8Array(buffer), prepare);
    return buffer;
  }

  /** Creates the error for damaged content. */
  damaged(problem: string): FormatError {
    return new FormatError(this.file, problem, this.format.damaged);
  }

  private block(name: keyof H & string): Block {
    return this.header[name] as Block;
  }

  private readInto(name: keyof H & string, into: Uint8Array, prepare?: (memory: Uint8Array) => void): void {
    prepare?.(into);
    const { offset, length, crc32: expected } = this.block(name);
    let sum = 0;
    for (let at = 0; at < length; at += PIECE) {
      const piece = into.subarray(at, at + PIECE);
      this.fill(piece, offset + at);
      sum = crc32(piece, sum);
    }
    if (sum !== expected)
      throw this.damaged(`bytes ${offset}-${offset + length}: the checksum of the ${name} differs`);
  }

  private readHeader(schema: z.ZodType<H>, fileSize: number): { header: H; end: number } {
    const { magic, version, what, make, renew } = this.format;
    const prelude = this.bytes(0, Math.min(PRELUDE, fileSize));
    if (!hasMagic(prelude, this.format))
      throw new FormatError(this.file, `byte 0: not ${what} ("${magic}" expected)`, make);
    if (prelude.length < PRELUDE) throw this.damaged(`is cut short after ${fileSize} bytes`);
    const found = prelude.readUInt32LE(4);
    if (found !== version) {
      const problem = `byte 4: version ${found}; this version of Lexel reads version ${version}`;
      throw new FormatError(this.file, problem, renew);
    }
    const length = prelude.readUInt32LE(8);
    if (PRELUDE + length > fileSize)
      throw this.damaged(`byte 8: a header of ${length} bytes does not fit in a file of ${fileSize} bytes`);
    const bytes = this.bytes(PRELUDE, length);
    if (crc32(bytes) !== prelude.readUInt32LE(12))
      throw this.damaged(`bytes 16-${PRELUDE + length}: the header's checksum differs`);
    let json: unknown;
    try {
      json = JSON.parse(bytes.toString('utf8'));
    } catch {
      throw this.damaged('byte 16: the header is not JSON');
    }
    const parsed = schema.safeParse(json);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0];
      throw this.damaged(`header, ${path.join('.') || 'top'}: ${message}`);
    }
    return { header: parsed.data, end: PRELUDE + length };
  }

  /**
   * Checks the layout: blocks follow each other with only zeros between them, their sizes match the counts, and the
   * file ends with the last block.
   */
  private checkLayout(
    start: number,
    fileSize: number,
    sizes: readonly (readonly [name: keyof H & string, length: number | null])[],
  ): void {
    let end = start;
    for (const [name, length] of sizes) {
      const block = this.block(name);
      if (block.offset !== aligned(end) || block.length !== (length ?? block.length)) {
        throw this.damaged(
          `header, ${name}: ${block.length} bytes at offset ${block.offset} do not match the layout`,
        );
      }
      if (block.offset <= fileSize && this.bytes(end, block.offset - end).some((byte) => byte !== 0))
        throw this.damaged(`bytes ${end}-${block.offset}: zeros expected before the ${name}`);
      end = block.offset + block.length;
    }
    if (fileSize < end) throw this.damaged(`is cut short: ${fileSize} of ${end} bytes`);
    if (fileSize > end)
      throw this.damaged(`byte ${end}: ${fileSize - end} bytes follow the end of the ${sizes.at(-1)?.[0]}`);
  }

  private bytes(offset: number, length: number): Buffer {
    const bytes = Buffer.from(new ArrayBuffer(length));
    this.fill(bytes, offset);
    return bytes;
  }

  private fill(into: Uint8Array, offset: number): void {
    for (let done = 0; done < into.length; ) {
      const got = readSync(this.fd, into, done, into.length - done, offset + done);
      if (got === 0) throw this.damaged(`is cut short: no data at byte ${offset + done}`);
      done += got;
    }
  }
}

const aligned = (at: number) => Math.ceil(at / ALIGN) * ALIGN;

function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += LARGEST) pieces.push(bytes.subarray(at, at + LARGEST));
  return pieces;
}
