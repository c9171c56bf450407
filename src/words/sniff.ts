/** Detects the format of a file of word vectors by its first bytes, because file extensions are unreliable. */
import { isUtf8 } from 'node:buffer';
import { FormatError } from '../util/errors.js';
import { binaryHeader } from './read-binary.js';
import { numbersAtEnd } from './read-text.js';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';
export type Content =
  | { readonly format: 'binary' }
  | { readonly format: 'text'; readonly encoding: Encoding };

const bytes = (text: string) => Buffer.from(text, 'latin1');

/** Other formats that users may mistake for word vectors, and how to convert them. */
const FOREIGN: readonly { readonly start: Buffer; readonly what: string; readonly cure: string }[] = [
  {
    start: bytes('PK\x03\x04'),
    what: 'a zip archive',
    cure: 'Unpack it and use one of its files.',
  },
  {
    // 793712314, little-endian: FASTTEXT_FILEFORMAT_MAGIC_INT32 of fastText's source.
    start: bytes('\xba\x16\x4f\x2f'),
    what: 'a fastText model, not a file of word vectors',
    cure: 'Use its .vec file, or write one: `fasttext print-word-vectors model.bin < words.txt > words.vec`.',
  },
  ...[2, 3, 4, 5].map((protocol) => ({
    start: Buffer.from([0x80, protocol]),
    what: "a Python pickle, such as gensim's own format",
    cure: 'Convert it with `vectors.save_word2vec_format("words.txt")`, and use that file.',
  })),
  {
    start: bytes('\x93NUMPY'),
    what: 'a NumPy array, which has no words',
    cure: 'Write "word x1 x2 …" lines.',
  },
  { start: bytes('\x89HDF\r\n'), what: 'an HDF5 file', cure: 'Write "word x1 x2 …" lines.' },
  ...[
    ...[...'123456789'].map((level) => `BZh${level}1AY&SY`),
    '\xfd7zXZ\0',
    '\x28\xb5\x2f\xfd',
    '7z\xbc\xaf\x27\x1c',
  ].map((start) => ({
    start: bytes(start),
    what: 'compressed in a format other than gzip',
    cure: 'Unpack it, or compress it with gzip.',
  })),
  ...['\xff\xfe\0\0', '\0\0\xfe\xff'].map((start) => ({
    start: bytes(start),
    what: 'UTF-32 text',
    cure: 'Save it as UTF-8.',
  })),
];

/**
 * Detects the format.
 *
 * @param head the first bytes, uncompressed: all of a small file, or enough for a line and a vector.
 * @param file path, for messages only.
 * @throws FormatError for an unsupported format, naming it if it is known.
 */
export function sniff(head: Buffer, file: string): Content {
  const foreign = FOREIGN.find(({ start }) => head.subarray(0, start.length).equals(start));
  if (foreign) throw new FormatError(file, `is ${foreign.what}`, foreign.cure);
  const encoding = utf16(head);
  if (encoding) return { format: 'text', encoding };
  if (isBinary(head)) return { format: 'binary' };
  const nul = head.subarray(0, 4096).indexOf(0);
  if (nul >= 0) {
    throw new FormatError(
      file,
      `byte ${nul}: is neither text nor word2vec's binary format, which starts with "count dimension"`,
      'Word vectors are read as GloVe or word2vec text, word2vec binary, or a packed store (.lexw).',
    );
  }
  return { format: 'text', encoding: 'utf-8' };
}

/** Detects UTF-16 by its byte order mark, or by the zero bytes of ASCII characters at the start. */
function utf16(head: Buffer): Encoding | undefined {
  if (head.length < 4) return undefined;
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a && !b && c && !d) return 'utf-16le';
  if (!a && b && !c && d) return 'utf-16be';
  return undefined;
}

/**
 * Whether the file is word2vec binary. After a word2vec header, the file is text if the first line ends in as many
 * numbers as the header declares; otherwise it is binary if it contains bytes that are invalid in text. (A single
 * number may also be the first bytes of a vector, so it does not decide.)
 */
function isBinary(head: Buffer): boolean {
  const end = head.subarray(0, 65).indexOf(0x0a);
  const header = end < 0 ? undefined : binaryHeader(head.toString('latin1', 0, end));
  const rest = head.subarray(end + 1);
  if (!header || rest.length === 0) return false;
  const lineEnd = rest.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  const numbers = numbersAtEnd(rest, 0, lineEnd < 0 ? rest.length : lineEnd);
  if (numbers > 1 && numbers >= header.dimension) return false;
  if (rest.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return true;
  // The head may end within a character, so only the bytes up to the last space are checked.
  return (
    numbers < Math.min(2, header.dimension) && !isUtf8(rest.subarray(0, Math.max(0, rest.lastIndexOf(0x20))))
  );
}
