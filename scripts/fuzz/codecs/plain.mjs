// Codecs of plain text and simple binary formats.
import { gunzipSync, gzipSync } from 'node:zlib';
import { textOf, treeOf } from '../json.mjs';

export const JSON_FILE = {
  open: (bytes) => [{ kind: 'json', tree: treeOf(JSON.parse(bytes)) }],
  close: ([{ tree }]) => Buffer.from(textOf(tree)),
};

/** JSON Lines. */
export const JSON_LINES = {
  open: (bytes) =>
    bytes
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => ({ kind: 'json', tree: treeOf(JSON.parse(line)) })),
  close: (parts) => Buffer.from(parts.map(({ tree }) => `${textOf(tree)}\n`).join('')),
};

export const LINES = {
  open: (bytes) => [{ kind: 'lines', bytes }],
  close: ([{ bytes }]) => bytes,
};

/** Wraps a codec for files that are compressed by gzip. */
export const gzipped = ({ open, close }) => ({
  open: (bytes) => open(gunzipSync(bytes)),
  close: (parts) => gzipSync(close(parts), { level: 1 }),
});

/** word2vec's binary format: the header "count dimension", then each word with its vector. */
export const WORD2VEC = {
  open(bytes) {
    const end = bytes.indexOf(10);
    const [count, dimension] = bytes.toString('latin1', 0, end).split(' ');
    const parts = [
      { kind: 'integer', value: BigInt(count) },
      { kind: 'integer', value: BigInt(dimension) },
    ];
    for (let at = end + 1; at < bytes.length; ) {
      const space = bytes.indexOf(32, at);
      if (space < 0 || !(Number(dimension) >= 1)) throw new Error('no longer a word2vec file');
      const next = space + 1 + 4 * Number(dimension);
      parts.push(
        { kind: 'bytes', bytes: bytes.subarray(at, space) },
        { kind: 'floats', bytes: bytes.subarray(space + 1, next) },
      );
      at = bytes[next] === 10 ? next + 1 : next;
    }
    return parts;
  },
  close: ([count, dimension, ...rest]) =>
    Buffer.concat([
      Buffer.from(`${count.value} ${dimension.value}\n`),
      ...rest.map(({ kind, bytes }) => Buffer.concat([bytes, Buffer.from(kind === 'floats' ? '\n' : ' ')])),
    ]),
};

/** Fixed-length records: label bytes, then pixels. */
export const records = (labelBytes, pixels) => ({
  open(bytes) {
    const parts = [];
    for (let at = 0; at < bytes.length; at += labelBytes + pixels) {
      const record = bytes.subarray(at, at + labelBytes + pixels);
      parts.push(
        { kind: 'bytes', bytes: record.subarray(0, labelBytes) },
        { kind: 'bytes', bytes: record.subarray(labelBytes) },
      );
    }
    return parts;
  },
  /** Restores each part's original length by truncation or by padding with zeros. */
  close(parts) {
    const lengths = [labelBytes, pixels];
    return Buffer.concat(
      parts.map(({ bytes }, i) => Buffer.concat([bytes, Buffer.alloc(pixels)]).subarray(0, lengths[i % 2])),
    );
  },
});
