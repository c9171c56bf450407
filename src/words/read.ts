/** Opens a file of word vectors in any of the supported formats. */
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
import type { ContentOptions, ReadOptions } from './table.js';
import type { VectorTable } from './vector-table.js';
import { WordVectors } from './word-vectors.js';

/** Bytes per read: large enough that few lines straddle two chunks. */
const CHUNK = 4 << 20;

export interface ReadWordsOptions extends ReadOptions {
  /** See {@link WordVectors}. */
  readonly elsewhere?: (word: string) => string | undefined;
  /** Aborts between parts of a text or binary file. */
  readonly signal?: AbortSignal;
}

/**
 * Reads word vectors: GloVe, word2vec or fastText text, word2vec binary, either of them gzipped, or a packed store.
 * The format is detected from the content, not from the name. Errors that occur in published files are repaired and
 * counted (`repairs` of the result).
 *
 * @throws FormatError with the file, the line or byte, and a remedy; with `strict` also for errors that are otherwise
 *   repaired; the reason of `signal` if it is aborted.
 */
export async function readWords(file: string, options: ReadWordsOptions = {}): Promise<WordVectors> {
  options.signal?.throwIfAborted();
  const { kind, size } = inspect(file);
  const table =
    kind === 'store' ? readStore(file, options) : await readPublished(file, kind === 'gzip', size, options);
  return new WordVectors(table, basename(file), options.elsewhere);
}

async function readPublished(
  file: string,
  gzip: boolean,
  size: number,
  options: ReadWordsOptions,
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
      `is a damaged or incomplete gzip file (${message})`,
      `Download it again: it was probably cut short.${cut ? ' --allow-short reads it up to there.' : ''}`,
    );
  }
}

/** Opens, reads and closes the file. It is also closed if a reader throws. */
async function readOnce(
  file: string,
  gzip: boolean,
  size: number,
  { signal, ...options }: ContentOptions & Pick<ReadWordsOptions, 'signal'>,
): Promise<VectorTable> {
  const raw = createReadStream(file, { highWaterMark: CHUNK });
  const closed = new Promise<void>((resolve) => raw.once('close', resolve));
  try {
    const bytes = gzip ? unpacked(raw, file, options.cut) : raw;
    return await readContent(file, unlessAborted(bytes, signal), gzip, size, options);
  } finally {
    raw.destroy();
    await closed;
  }
}

/** Passes chunks on. @throws the reason of `signal` if it is aborted */
async function* unlessAborted(
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    yield chunk;
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
  // Gzipped text has less than half its size. If the estimate is too low, the table is copied once.
  const expected = encoding !== 'utf-8' ? size / 2 : gzip ? size * 2 : size;
  return readTextVectors(encoding === 'utf-8' ? all : toUtf8(all, encoding), file, {
    ...options,
    size: expected,
  });
}

/** Bytes used to detect the format: more than a line with a long vector. */
const HEAD = 64 << 10;

/** Returns the first bytes of a stream, and an iterator over the whole stream. */
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
 * Whether a file contains a word; used to suggest another set. Searches the words without parsing the numbers.
 * Returns false if that is not possible (gzipped, binary or unreadable files).
 */
export function fileHasWord(file: string, word: string): boolean {
  try {
    const { kind } = inspect(file);
    if (kind === 'store') return readStoreWords(file).includes(word);
    if (kind === 'gzip') return false;
    const key = Buffer.from(`\n${word} `);
    // The last bytes of each chunk are kept before the next one, so that words across a boundary are found.
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

/** Detects the kind of file by its first bytes. @throws FormatError if it is not a readable file. */
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
      '`--words` takes a file, or a set by name: glove, glove:50, pack or shapes.',
    );
  }
  if (first[0] === 0x1f && first[1] === 0x8b) return { kind: 'gzip', size };
  // A store whose first bytes are damaged is recognised by its extension.
  const damaged = /\.lexw$/i.test(file) && first.subarray(0, size).includes(0);
  return { kind: isStore(first) || damaged ? 'store' : 'plain', size };
}

/** Maximum compression ratio. Published vectors have 3 or less; deflate can reach a thousand. */
const MAX_RATIO = 200;
/** Bytes that any file may unpack to, whatever its ratio: small files of zeros are harmless. */
const ANY_RATIO = 64 << 20;

/**
 * Unpacks a gzip file.
 * @param cut accept a truncated gzip file.
 * @throws FormatError if it unpacks to far more data than any word vectors
 */
async function* unpacked(raw: Readable, file: string, cut = false): AsyncGenerator<Buffer> {
  const plain = createGunzip({ chunkSize: CHUNK, ...(cut && { finishFlush: constants.Z_SYNC_FLUSH }) });
  let bytes = 0;
  // The callback ignores errors because the loop over `plain` throws them.
  for await (const chunk of pipeline(raw, plain, () => {})) {
    bytes += chunk.length;
    if (bytes > ANY_RATIO && bytes > plain.bytesWritten * MAX_RATIO) {
      throw new FormatError(
        file,
        `byte ${plain.bytesWritten}: unpacks to more than ${MAX_RATIO} times its size (${bytesText(bytes)} so far), unlike any word vectors`,
        'If the file is correct, unpack it with `gzip -d` and pass the unpacked file.',
      );
    }
    yield chunk;
  }
}
