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
import { crc32 } from '../util/crc32.js';
import { FormatError } from '../util/errors.js';
import * as z from '../util/zod.js';

/** Bytes before the header. */
export const PRELUDE = 16;
const ALIGN = 64;
/** Bytes per read; small enough to still be in cache for the checksum. */
const PIECE = 1 << 22;

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
export type Block = z.infer<typeof blockSchema>;

/** Whether the first bytes are the format's magic. */
export function hasMagic(firstBytes: Uint8Array, format: BlockFormat): boolean {
  return firstBytes.length >= 4 && String.fromCharCode(...firstBytes.subarray(0, 4)) === format.magic;
}

/** Where the bytes of a container are: an open file, or memory. */
export interface BlockSource {
  /** Number of bytes. */
  readonly size: number;
  /** Copies bytes from an offset on into `into`, perhaps fewer than fit. @returns their number; 0 at the end */
  read(into: Uint8Array, offset: number): number;
}

/** A container in memory. */
export const blocksIn = (bytes: Uint8Array): BlockSource => ({
  size: bytes.length,
  read: (into, offset) => {
    const part = bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  },
});

/** A container whose header and layout have been verified. */
export class BlockReader<H extends object> {
  readonly header: H;

  /**
   * @param file name of the file, for messages
   * @param schema schema of the whole header
   * @param sizes the blocks in order with the lengths that follow from the header's counts; null accepts any length
   * @throws FormatError if it has another type or version, is truncated, too long, or damaged
   */
  constructor(
    private readonly source: BlockSource,
    private readonly file: string,
    private readonly format: BlockFormat,
    schema: z.ZodType<H>,
    sizes: (header: H) => readonly (readonly [name: keyof H & string, length: number | null])[],
  ) {
    const { header, end } = this.readHeader(schema, source.size);
    this.header = header;
    this.checkLayout(end, source.size, sizes(header));
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
    const view = new DataView(prelude.buffer);
    const found = view.getUint32(4, true);
    if (found !== version) {
      const problem = `byte 4: version ${found}; this version of Lexel reads version ${version}`;
      throw new FormatError(this.file, problem, renew);
    }
    const length = view.getUint32(8, true);
    if (PRELUDE + length > fileSize)
      throw this.damaged(`byte 8: a header of ${length} bytes does not fit in a file of ${fileSize} bytes`);
    const bytes = this.bytes(PRELUDE, length);
    if (crc32(bytes) !== view.getUint32(12, true))
      throw this.damaged(`bytes 16-${PRELUDE + length}: the header's checksum differs`);
    let json: unknown;
    try {
      json = JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
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

  private bytes(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    this.fill(bytes, offset);
    return bytes;
  }

  private fill(into: Uint8Array, offset: number): void {
    for (let done = 0; done < into.length; ) {
      const got = this.source.read(into.subarray(done), offset + done);
      if (got === 0) throw this.damaged(`is cut short: no data at byte ${offset + done}`);
      done += got;
    }
  }
}

/** The next position at which a block may start. */
export const aligned = (at: number) => Math.ceil(at / ALIGN) * ALIGN;
