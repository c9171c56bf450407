/** Opens a file of word vectors, whichever of the formats it is in. */
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { FormatError } from '../util/errors.js';
import { readBinaryVectors } from './read-binary.js';
import { readTextVectors } from './read-text.js';
import { isStore, readStore, readStoreWords } from './store.js';
import { WordVectors } from './word-vectors.js';

export type WordFormat = 'store' | 'text' | 'binary';

/** Bytes read at once: large enough that a line rarely straddles two chunks. */
const CHUNK = 4 << 20;

/**
 * Reads word vectors: GloVe or word2vec text (`.txt`, `.vec`), word2vec binary (`.bin`), either of them gzipped
 * (`.gz`), or a packed store (`.lexw`, known by its first bytes).
 *
 * @param elsewhere see {@link WordVectors}.
 * @throws FormatError naming the file, the line or byte, and the way out.
 */
export async function readWords(
  file: string,
  elsewhere?: (word: string) => string | undefined,
): Promise<WordVectors> {
  const { format, gzip, size } = inspect(file);
  if (format === 'store') {
    const table = readStore(file);
    return new WordVectors(table, basename(file), elsewhere);
  }
  const chunks = open(file, gzip);
  // Text deflates to less than half; a guess too low only costs a copy.
  const expected = gzip ? size * 2 : size;
  try {
    const table =
      format === 'binary'
        ? await readBinaryVectors(chunks, file)
        : await readTextVectors(chunks, file, expected);
    return new WordVectors(table, basename(file), elsewhere);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_')) {
      throw new FormatError(
        file,
        `is no whole gzip file (${message})`,
        'Fetch it again: it was probably cut short.',
      );
    }
    throw error;
  }
}

/**
 * Is the word in the file? Looks at words only, without reading any number: for saying which other set has a word.
 * Where that is not possible (gzipped or binary files, unreadable ones) the answer is no.
 */
export function fileHasWord(file: string, word: string): boolean {
  try {
    const { format, gzip } = inspect(file);
    if (format === 'store') return readStoreWords(file).includes(word);
    if (format === 'binary' || gzip) return false;
    const key = Buffer.from(`\n${word} `);
    // The last bytes of each piece are kept before the next one, so that no word falls between two.
    const bytes = Buffer.alloc(key.length + CHUNK);
    bytes[key.length - 1] = 0x0a;
    const fd = openSync(file, 'r');
    try {
      for (let got = CHUNK; got > 0; ) {
        got = readSync(fd, bytes, key.length, CHUNK, null);
        if (bytes.subarray(0, key.length + got).includes(key)) return true;
        bytes.copyWithin(0, got, key.length + got);
      }
    } finally {
      closeSync(fd);
    }
    return false;
  } catch {
    return false;
  }
}

/** Format by first bytes, then by name. @throws FormatError for what is no readable file. */
function inspect(file: string): { format: WordFormat; gzip: boolean; size: number } {
  let size: number;
  const first = Buffer.alloc(4);
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw new FormatError(file, 'is not a file', 'Name a file of word vectors.');
    size = stat.size;
    const fd = openSync(file, 'r');
    readSync(fd, first, 0, 4, 0);
    closeSync(fd);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new FormatError(
      file,
      code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`,
      '`--words` takes a file, or a set by name: glove, glove:50, glove:100, demo.',
    );
  }
  if (isStore(first) || /\.lexw$/i.test(file)) return { format: 'store', gzip: false, size };
  const gzip = first[0] === 0x1f && first[1] === 0x8b;
  if (!gzip && /\.gz$/i.test(file) && size > 0) {
    throw new FormatError(file, 'byte 0: named .gz, but not gzipped', 'Name it .txt, or fetch it again.');
  }
  if (first[0] === 0x50 && first[1] === 0x4b && first[2] === 3 && first[3] === 4) {
    throw new FormatError(file, 'is a zip archive', 'Unpack it and name one of the files in it.');
  }
  return { format: /\.bin(\.gz)?$/i.test(file) ? 'binary' : 'text', gzip, size };
}

function open(file: string, gzip: boolean): AsyncIterable<Buffer> {
  const raw = createReadStream(file, { highWaterMark: CHUNK });
  if (!gzip) return raw;
  const plain = createGunzip({ chunkSize: CHUNK });
  raw.on('error', (error) => plain.destroy(error));
  return raw.pipe(plain);
}
