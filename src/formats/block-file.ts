/** Reads and writes files of blocks (blocks.ts). */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { crc32 } from '../util/crc32.js';
import type * as z from '../util/zod.js';
import { writeFileAtomic } from './atomic.js';
import { aligned, type Block, type BlockFormat, BlockReader, PRELUDE } from './blocks.js';
import { openFile } from './read.js';

/** Bytes per write at most: the system calls take 32-bit lengths. */
const LARGEST = 1 << 30;

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
    const source = {
      size: fstatSync(fd).size,
      read: (into: Uint8Array, offset: number) => readSync(fd, into, 0, into.length, offset),
    };
    return read(new BlockReader(source, file, format, schema, sizes));
  } finally {
    closeSync(fd);
  }
}

function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += LARGEST) pieces.push(bytes.subarray(at, at + LARGEST));
  return pieces;
}
