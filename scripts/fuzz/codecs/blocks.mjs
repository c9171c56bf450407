// Codec of block files with checksums: word stores and image indexes. `close` recomputes offsets, lengths and the CRC-32 of header and blocks.
import { crc32 } from 'node:zlib';
import { nodeAt, textOf, treeOf } from '../json.mjs';

const PRELUDE = 16;
const aligned = (at) => Math.ceil(at / 64) * 64;
const isBlock = (value) => typeof value === 'object' && value !== null && 'crc32' in value;

/** Errors for a file of blocks that is refused before its header is read, apart from the error for its first bytes. */
export const BLOCKS_OUTER = [
  /byte 4: version/,
  /byte 8/,
  /checksum/,
  /is cut short/,
  /not JSON/,
  /follow the end/,
];

/** @param kinds part kind by block name; default 'bytes' */
export const blocksCodec = (kinds) => ({
  open(bytes) {
    const header = JSON.parse(bytes.toString('utf8', PRELUDE, PRELUDE + bytes.readUInt32LE(8)));
    const blocks = Object.entries(header)
      .filter(([, value]) => isBlock(value))
      .map(([name, { offset, length }]) => ({
        kind: kinds[name] ?? 'bytes',
        name,
        bytes: bytes.subarray(offset, offset + length),
      }));
    return [
      { kind: 'bytes', bytes: bytes.subarray(0, 4) },
      { kind: 'integer', value: BigInt(bytes.readUInt32LE(4)) },
      { kind: 'json', tree: treeOf(header) },
      ...blocks,
    ];
  },
  close([magic, version, header, ...blocks]) {
    // The header's length depends on the digits of the offsets, and these depend on its length: reserve enough room in advance.
    const room = aligned(Buffer.byteLength(textOf(header.tree)) + 64 * blocks.length);
    let at = PRELUDE + room;
    const chunks = [];
    for (const { name, bytes, changed } of blocks) {
      const offset = aligned(at);
      chunks.push(Buffer.alloc(offset - at), bytes);
      at = offset + bytes.length;
      const numbers = { offset, length: bytes.length, crc32: crc32(bytes) };
      for (const [key, value] of Object.entries(numbers)) {
        const node = nodeAt(header.tree, name, key);
        // Keep mutated header values.
        if (node?.raw !== undefined && (!header.changed || changed || /^\d+$/.test(node.raw)))
          node.raw = `${value}`;
      }
    }
    const json = Buffer.alloc(room, ' ');
    json.write(textOf(header.tree));
    const prelude = Buffer.alloc(PRELUDE);
    magic.bytes.copy(prelude);
    prelude.writeUInt32LE(Number(BigInt.asUintN(32, version.value)), 4);
    prelude.writeUInt32LE(room, 8);
    prelude.writeUInt32LE(crc32(json), 12);
    return Buffer.concat([prelude, json, ...chunks]);
  },
});
