/** CRC-32, as in gzip and PNG: zlib's in Node, else by a table. */

import { builtin } from './builtins.js';

const zlib = builtin('node:zlib');

/**
 * The CRC-32 of bytes.
 * @param sum of the bytes before them, to continue
 */
export const crc32 = (bytes: Uint8Array, sum = 0): number =>
  zlib ? zlib.crc32(bytes, sum) : portableCrc32(bytes, sum);

let table: Uint32Array | undefined;

/** {@link crc32} without Node. */
export function portableCrc32(bytes: Uint8Array, sum = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  let crc = ~sum;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}
