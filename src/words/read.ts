/** Opens a file of word vectors, whichever of the formats it is in. */
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { FormatError } from '../util/errors.js';
import { bytesText } from '../util/format.js';
import { readBinaryVectors } from './read-binary.js';
import { readTextVectors } from './read-text.js';
import { type Encoding, sniff } from './sniff.js';
import { isStore, readStore, readStoreWords } from './store.js';
import type { ContentOptions, ReadOptions, VectorTable } from './table.js';
import { WordVectors } from './word-vectors.js';

/** Bytes read at once: large enough that a line rarely straddles two chunks. */
const CHUNK = 4 << 20;

export interface ReadWordsOptions extends ReadOptions {
  /** See {@link WordVectors}. */
  readonly elsewhere?: (word: string) => string | undefined;
}

/**
 * Reads word vectors: text of GloVe, word2vec or fastText, word2vec binary, either of them gzipped, or a packed store.
 * The content decides the format, not the name. Faults that published files have are repaired and counted
 * (`repairs` of the answer).
 *
 * @throws FormatError naming the file, the line or byte, and the way out; with `strict` also for what is repaired.
 */
export async function readWords(file: string, options: ReadWordsOptions = {}): Promise<WordVectors> {
  const { kind, size } = inspect(file);
  const table =
    kind === 'store' ? readStore(file, options) : await readPublished(file, kind === 'gzip', size, options);
  return new WordVectors(table, basename(file), options.elsewhere);
}

async function readPublished(
  file: string,
  gzip: boolean,
  size: number,
  options: ReadOptions,
): Promise<VectorTable> {
  try {
    return await readOnce(file, gzip, size, options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    const cut = code === 'Z_BUF_ERROR';
    if (cut && options.allowShort) return readOnce(file, gzip, size, { ...options, cut });
    throw new FormatError(
      file,
      `is no whole gzip file (${message})`,
      `Fetch it again: it was probably cut short.${cut ? ' --allow-short reads what is there.' : ''}`,
    );
  }
}

/** Opens the file, reads it, and closes it whatever happens: readers stop where they find a fault. */
async function readOnce(
  file: string,
  gzip: boolean,
  size: number,
  options: ContentOptions,
): Promise<VectorTable> {
  const raw = createReadStream(file, { highWaterMark: CHUNK });
  const closed = new Promise<void>((resolve) => raw.once('close', resolve));
  try {
    return await readContent(file, gzip ? unpacked(raw, file, options.cut) : raw, gzip, size, options);
  } finally {
    raw.destroy();
    await closed;
  }
}

async function readContent(
  file: string,
  bytes: AsyncIterable<Buffer>,
  gzip: boolean,
  size: number,
  options: ContentOptions,
): Promise<VectorTable> {
  const { head, all } = await peeked(bytes);
  const content = sniff(head, file);
  if (content.format === 'binary') return readBinaryVectors(all, file, options);
  const { encoding } = content;
  // Text deflates to less than half; a guess too low only costs a copy.
  const expected = encoding !== 'utf-8' ? size / 2 : gzip ? size * 2 : size;
  return readTextVectors(encoding === 'utf-8' ? all : toUtf8(all, encoding), file, {
    ...options,
    size: expected,
  });
}

/** Bytes to know a format by: more than a line with a long vector. */
const HEAD = 64 << 10;

/** The first bytes of a stream, and the whole of it. */
async function peeked(chunks: AsyncIterable<Buffer>): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < HEAD) {
    const { value, done } = await iterator.next();
    if (done) break;
    head = head.length === 0 ? value : Buffer.concat([head, value]);
  }
  async function* all() {
    yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head, all: all() };
}

async function* toUtf8(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/**
 * Is the word in the file? Looks at words only, without reading any number: for saying which other set has a word.
 * Where that is not possible (gzipped or binary files, unreadable ones) the answer is no.
 */
export function fileHasWord(file: string, word: string): boolean {
  try {
    const { kind } = inspect(file);
    if (kind === 'store') return readStoreWords(file).includes(word);
    if (kind === 'gzip') return false;
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

/** What kind of file it is, by its first bytes. @throws FormatError for what is no readable file. */
function inspect(file: string): { kind: 'store' | 'gzip' | 'plain'; size: number } {
  let size: number;
  const first = Buffer.alloc(4096);
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw new FormatError(file, 'is not a file', 'Name a file of word vectors.');
    size = stat.size;
    const fd = openSync(file, 'r');
    try {
      readSync(fd, first, 0, first.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new FormatError(
      file,
      code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`,
      '`--words` takes a file, or a set by name: glove, glove:50, glove:100, demo.',
    );
  }
  if (first[0] === 0x1f && first[1] === 0x8b) return { kind: 'gzip', size };
  // A store whose first bytes are damaged still calls itself one.
  const damaged = /\.lexw$/i.test(file) && first.subarray(0, size).includes(0);
  return { kind: isStore(first) || damaged ? 'store' : 'plain', size };
}

/** Published vectors unpack to three times their size or less, deflate can make a thousand of one. */
const MAX_RATIO = 200;
/** Bytes that any file may unpack to: small ones of zeros are no bombs. */
const ANY_RATIO = 64 << 20;

/**
 * The content of a gzip file.
 * @param cut take a gzip file that ends early for whole.
 * @throws FormatError where it unpacks to far more than any word vectors do
 */
async function* unpacked(raw: Readable, file: string, cut = false): AsyncGenerator<Buffer> {
  const plain = createGunzip({ chunkSize: CHUNK, ...(cut && { finishFlush: constants.Z_SYNC_FLUSH }) });
  let bytes = 0;
  // Whoever reads `plain` meets the error.
  for await (const chunk of pipeline(raw, plain, () => {})) {
    bytes += chunk.length;
    if (bytes > ANY_RATIO && bytes > plain.bytesWritten * MAX_RATIO) {
      throw new FormatError(
        file,
        `byte ${plain.bytesWritten}: unpacks to more than ${MAX_RATIO} times its size (${bytesText(bytes)} so far), which word vectors do not`,
        'If it is right nevertheless, unpack it with `gzip -d` and name the plain file.',
      );
    }
    yield chunk;
  }
}
