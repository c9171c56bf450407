// Codecs of image files. PNG is split into its chunks, which have checksums. In the other formats the header fields are parts, and so is the
// whole file as bytes.
import { crc32 } from 'node:zlib';
import { putInteger } from '../bytes.mjs';

const SIGNATURE = 8;

/** Parts: width, height and the rest of the PNG header, then the other chunks. Lengths and CRC-32 are recomputed. */
export const PNG = {
  open(bytes) {
    const parts = [];
    for (let at = SIGNATURE; at + 12 <= bytes.length; ) {
      const length = bytes.readUInt32BE(at);
      const type = bytes.toString('latin1', at + 4, at + 8);
      const data = bytes.subarray(at + 8, at + 8 + length);
      if (type === 'IHDR') {
        parts.push(
          { kind: 'integer', value: BigInt(data.readUInt32BE(0)) },
          { kind: 'integer', value: BigInt(data.readUInt32BE(4)) },
        );
        parts.push({ kind: 'bytes', type, bytes: data.subarray(8) });
      } else parts.push({ kind: 'bytes', type, bytes: data });
      at += 12 + length;
    }
    return parts;
  },
  close([width, height, ...chunks]) {
    const sizes = Buffer.alloc(8);
    putInteger(sizes, 0, 4, width.value, false);
    putInteger(sizes, 4, 4, height.value, false);
    const out = [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')];
    for (const { type, bytes } of chunks) {
      const body = Buffer.concat([Buffer.from(type, 'latin1'), ...(type === 'IHDR' ? [sizes] : []), bytes]);
      const frame = Buffer.alloc(8);
      frame.writeUInt32BE(body.length - 4, 0);
      frame.writeUInt32BE(crc32(body), 4);
      out.push(frame.subarray(0, 4), body, frame.subarray(4));
    }
    return Buffer.concat(out);
  },
};

/** Positions of the numbers in each format's header: [offset, size in bytes, whether little-endian]. */
const FIELDS = {
  gif: () => [
    [6, 2, true],
    [8, 2, true],
    [10, 1, true],
  ],
  /** VP8, VP8L and VP8X share this start: the chunk's length, then the image's dimensions. */
  webp: () => [
    [4, 4, true],
    [16, 4, true],
    [21, 4, true],
    [24, 3, true],
    [26, 2, true],
    [28, 2, true],
  ],
  /** Length of every segment; height, width and component count of the frame. */
  jpeg(bytes) {
    const found = [];
    for (let at = 2; at + 10 < bytes.length && bytes[at] === 0xff; at += 2 + bytes.readUInt16BE(at + 2)) {
      found.push([at + 2, 2, false]);
      if (bytes[at + 1] >= 0xc0 && bytes[at + 1] <= 0xc2)
        found.push([at + 5, 2, false], [at + 7, 2, false], [at + 9, 1, false]);
      if (bytes[at + 1] === 0xda) break;
    }
    return found;
  },
  /** Count, type and value of each entry of the first directory. */
  tiff(bytes) {
    const at = bytes.readUInt32LE(4);
    const found = [[4, 4, true]];
    for (let i = 0, from = at + 2; i < bytes.readUInt16LE(at); i++, from += 12) {
      found.push([from + 2, 2, true], [from + 4, 4, true], [from + 8, 4, true]);
    }
    return found;
  },
};

/** The format of a file, from its first byte: a key of FIELDS. */
const kindOf = (bytes) => {
  if (bytes[0] === 0xff) return 'jpeg';
  return { G: 'gif', R: 'webp', I: 'tiff' }[String.fromCharCode(bytes[0])];
};

const readInteger = (bytes, [at, size, little]) => {
  let value = 0n;
  for (let i = 0; i < size; i++)
    value |= BigInt(bytes[at + i] ?? 0) << BigInt(8 * (little ? i : size - 1 - i));
  return value;
};

export const IMAGE = {
  open(bytes) {
    if (bytes[0] === 0x89) return PNG.open(bytes);
    const fields = FIELDS[kindOf(bytes)](bytes);
    return [
      { kind: 'bytes', bytes, fields },
      ...fields.map((field) => ({ kind: 'integer', field, value: readInteger(bytes, field) })),
    ];
  },
  close(parts) {
    if (parts[0].kind === 'integer') return PNG.close(parts);
    const out = Buffer.from(parts[0].bytes);
    for (const { field, value, changed } of parts.slice(1))
      if (changed) putInteger(out, field[0], field[1], value, field[2]);
    return out;
  },
};
