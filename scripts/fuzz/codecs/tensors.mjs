// Codecs of tensor files: safetensors, records (compressed safetensors) and npy.
import { brotliCompressSync, brotliDecompressSync, constants, crc32 } from 'node:zlib';

import { resealSafetensors } from '../../../dist/formats/index.js';
import { nodeAt, textOf, treeOf } from '../json.mjs';

/** Whether a safetensors file has a checksum of its content. Files from earlier versions and from other programs have none. */
export function hasChecksum(bytes) {
  try {
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
    return 'lexel.sha256' in header.__metadata__;
  } catch {
    return false;
  }
}

/** Parts of a safetensors file: its header, then each tensor's bytes. {@link closeTensors} updates the offsets. */
function openTensors(bytes) {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  const parts = [{ kind: 'json', tree: treeOf(header) }];
  for (const [name, { dtype, data_offsets: offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const data = bytes.subarray(8 + length + offsets[0], 8 + length + offsets[1]);
    parts.push({ kind: dtype === 'F32' ? 'floats' : 'bytes', name, bytes: data, at: offsets[0] });
  }
  return parts;
}

function closeTensors([header, ...tensors]) {
  let at = 0;
  for (const { name, bytes } of [...tensors].sort((a, b) => a.at - b.at)) {
    const offsets = nodeAt(header.tree, name, 'data_offsets');
    // Keep the offsets of a mutated header.
    if (offsets && !header.changed) offsets.list = [{ raw: `${at}` }, { raw: `${at + bytes.length}` }];
    at += bytes.length;
  }
  const text = Buffer.from(textOf(header.tree));
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
  text.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const sorted = [...tensors].sort((a, b) => a.at - b.at).map(({ bytes }) => bytes);
  return Buffer.concat([length, padded, ...sorted]);
}

/** A safetensors file. Its content checksum is recomputed if the file has one. */
export const SAFETENSORS = {
  open: openTensors,
  close(parts) {
    const bytes = closeTensors(parts);
    try {
      return resealSafetensors(bytes);
    } catch {
      return bytes; // the header is no longer readable, so no reader gets as far as the checksum
    }
  },
};

/** A record: safetensors compressed by Brotli. The tensor "about" holds JSON; the metadata also hold a CRC-32 of all tensors. */
export const RECORD = {
  open(bytes) {
    const parts = openTensors(brotliDecompressSync(bytes));
    const about = parts.find(({ name }) => name === 'about');
    return parts.map((part) =>
      part === about ? { ...part, kind: 'json', tree: treeOf(JSON.parse(part.bytes)) } : part,
    );
  },
  close(parts) {
    const [header, ...tensors] = parts.map((part) => {
      if (part.name !== 'about') return part;
      const bytes = Buffer.from(textOf(part.tree));
      return { ...part, bytes };
    });
    const about = tensors.find(({ name }) => name === 'about');
    const shape = nodeAt(header.tree, 'about', 'shape');
    if (shape && !header.changed) shape.list = [{ raw: `${about.bytes.length}` }];
    const byName = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
    const sum = crc32(Buffer.concat(byName.map(({ bytes }) => bytes)))
      .toString(16)
      .padStart(8, '0');
    const stored = nodeAt(header.tree, '__metadata__', 'crc32');
    if (stored) stored.raw = JSON.stringify(sum);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 2 };
    return brotliCompressSync(SAFETENSORS.close([header, ...tensors]), { params });
  },
};

/**
 * Parts: magic number and version, header text, data. The header's length is recomputed, and so is the number of rows unless the header was
 * mutated.
 */
export const NPY = {
  open(bytes) {
    const start = 10 + bytes.readUInt16LE(8);
    return [
      { kind: 'bytes', bytes: bytes.subarray(0, 8) },
      { kind: 'lines', bytes: bytes.subarray(10, start) },
      { kind: 'floats', bytes: bytes.subarray(start) },
    ];
  },
  close([prefix, header, data]) {
    const [text, bytes] = header.changed ? [header.bytes, data.bytes] : fitted(header.bytes, data.bytes);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(text.length % 65536);
    return Buffer.concat([prefix.bytes, length, text, bytes]);
  },
};

/** Sets the row count in the header to the complete rows in the data. @returns that header and those rows */
function fitted(header, data) {
  const [, before, rest, after] =
    /^(.*'shape': \()\d+((?:, \d+)*)(,?\).*)$/s.exec(header.toString('latin1')) ?? [];
  if (before === undefined) return [header, data];
  const row = rest
    .split(', ')
    .slice(1)
    .reduce((size, n) => size * Number(n), 4);
  const rows = Math.floor(data.length / row);
  return [Buffer.from(`${before}${rows}${rest}${after}`, 'latin1'), data.subarray(0, rows * row)];
}
