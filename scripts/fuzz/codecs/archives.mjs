// Codecs of zip and tar archives. `close` recomputes the sizes, offsets and checksums in the headers.
import { crc32 } from 'node:zlib';
import { putInteger } from '../bytes.mjs';

const BLOCK = 512;
const octal = (bytes) => Number.parseInt(bytes.toString('latin1').replaceAll('\0', '').trim() || '0', 8);

/** Parts per entry: its 512-byte header and its content. Header checksums are recomputed, and sizes too unless that header was mutated. */
export const TAR = {
  open(bytes) {
    const parts = [];
    for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
      const size = octal(bytes.subarray(at + 124, at + 136));
      parts.push({ kind: 'bytes', bytes: bytes.subarray(at, at + BLOCK), header: true });
      parts.push({ kind: 'bytes', bytes: bytes.subarray(at + BLOCK, at + BLOCK + size) });
      at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    }
    return parts;
  },
  close(parts) {
    const out = [];
    for (let i = 0; i < parts.length; i += 2) {
      const header = Buffer.concat([parts[i].bytes, Buffer.alloc(BLOCK)]).subarray(0, BLOCK);
      const { bytes } = parts[i + 1];
      if (!parts[i].changed) header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
      header.fill(' ', 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      out.push(header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK));
    }
    return Buffer.concat([...out, Buffer.alloc(2 * BLOCK)]);
  },
};

/** Fields of a central directory entry that a mutation can set: [name, offset, size in bytes]. */
const ENTRY = [
  ['flags', 8, 2],
  ['method', 10, 2],
  ['crc', 16, 4],
  ['packed', 20, 4],
  ['size', 24, 4],
  ['offset', 42, 4],
];

/** A zip archive of uncompressed files (APPNOTE 4.3). Parts per file: its name, its content and the fields of its directory entry. */
export const ZIP = {
  open(bytes) {
    const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
    const parts = [];
    for (let at = bytes.readUInt32LE(end + 16), n = bytes.readUInt16LE(end + 10); n > 0; n--) {
      const [size, length, local] = [
        bytes.readUInt32LE(at + 24),
        bytes.readUInt16LE(at + 28),
        bytes.readUInt32LE(at + 42),
      ];
      const from = local + 30 + length;
      parts.push({ kind: 'bytes', bytes: bytes.subarray(at + 46, at + 46 + length) });
      parts.push({ kind: 'bytes', bytes: bytes.subarray(from, from + size) });
      parts.push(
        ...ENTRY.map(([, offset, width]) => ({
          kind: 'integer',
          value: BigInt(bytes.readUIntLE(at + offset, width)),
        })),
      );
      at += 46 + length;
    }
    return parts;
  },
  close(parts) {
    const locals = [];
    const entries = [];
    let at = 0;
    const step = 2 + ENTRY.length;
    for (let i = 0; i < parts.length; i += step) {
      const [name, content, ...fields] = parts.slice(i, i + step);
      const right = {
        flags: 0,
        method: 0,
        crc: crc32(content.bytes),
        packed: content.bytes.length,
        size: content.bytes.length,
        offset: at,
      };
      const entry = Buffer.alloc(46);
      entry.write('PK\x01\x02', 'latin1');
      entry.writeUInt16LE(20, 6);
      entry.writeUInt16LE(name.bytes.length % 65536, 28);
      for (const [f, [key, offset, width]] of ENTRY.entries()) {
        putInteger(entry, offset, width, fields[f].changed ? fields[f].value : BigInt(right[key]));
      }
      const local = Buffer.alloc(30);
      local.write('PK\x03\x04', 'latin1');
      entry.copy(local, 4, 6, 30);
      locals.push(local, name.bytes, content.bytes);
      entries.push(entry, name.bytes);
      at += local.length + name.bytes.length + content.bytes.length;
    }
    const list = Buffer.concat(entries);
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 'latin1');
    end.writeUInt16LE(parts.length / step, 8);
    end.writeUInt16LE(parts.length / step, 10);
    end.writeUInt32LE(list.length, 12);
    end.writeUInt32LE(at, 16);
    return Buffer.concat([...locals, list, end]);
  },
};

/** Makes a zip archive that {@link ZIP} can open. @param files content by file name */
export function zipOf(files) {
  const parts = Object.entries(files).flatMap(([name, content]) => [
    { kind: 'bytes', bytes: Buffer.from(name) },
    { kind: 'bytes', bytes: Buffer.from(content) },
    ...ENTRY.map(() => ({ kind: 'integer', value: 0n })),
  ]);
  return ZIP.close(parts);
}
