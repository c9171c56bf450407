/**
 * Downloads that can be resumed. Bytes are written to `<file>.part`; after an interruption, a retry or a later call
 * continues there. The file gets its name only after its checksum has been verified.
 *
 * Resuming uses HTTP's Range with If-Range (RFC 9110, 13.1.5 and 14.2): if the file has changed on the server in the
 * meantime, it is downloaded from the start and not appended to the old part.
 */

import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Checksum, ChecksumError, verifyChecksum } from './checksum.js';
import { LexelError } from './errors.js';
import { makeFolder } from './make-folder.js';
import { cannotWrite } from './system-errors.js';
import * as z from './zod.js';

export interface DownloadOptions {
  /** Published size in bytes. If the server reports another size, the download fails before it starts. */
  readonly size?: number;
  /** Maximum size in bytes if no size is published. Default 4 GiB. */
  readonly maxSize?: number;
  readonly checksum?: Checksum;
  /** Called with the number of bytes on disk and the total size (undefined if unknown). */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Number of retries after broken connections within this call. Default 3. */
  readonly retries?: number;
  /** Time without data after which a connection counts as broken, in seconds. Default 60. */
  readonly idleSeconds?: number;
  /** Aborts the download; what has been received stays in `<file>.part`, so the next call resumes. */
  readonly signal?: AbortSignal;
  /** An alternative for the user, appended to the hint of every error. */
  readonly hint?: string;
}

/** The source of `<file>.part`, stored next to it. */
const partSchema = z.object({ url: z.string(), validator: z.string().nullable() });
type Part = z.infer<typeof partSchema>;

/** A broken connection. It is retried, unlike a refused request. */
class Interrupted extends Error {}

const MAX_SIZE = 4 * 2 ** 30;

/**
 * Downloads `url` to `file`, over http or https.
 *
 * @throws LexelError if the server refuses, the size differs (if the server sends too many bytes, the part is deleted),
 *   or the connection keeps breaking (the part is kept, and the next call resumes); ChecksumError if the content is
 *   wrong (the part is deleted); SystemError with the file name if a file cannot be written; the reason of `signal` if it
 *   is aborted (the part is kept).
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  if (!/^https?:\/\//i.test(url)) throw new LexelError(`cannot download ${url}: not an http(s) address`);
  makeFolder(dirname(file));
  const part = `${file}.part`;
  const retries = options.retries ?? 3;
  for (let attempt = 0; ; attempt++) {
    options.signal?.throwIfAborted();
    try {
      await fetchOnce(url, part, options);
      break;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof Interrupted)) throw error;
      if (attempt >= retries) {
        throw new LexelError(
          `${url}: ${error.message}`,
          join('The part downloaded so far is kept; run the same command to continue.', options.hint),
          { cause: error, code: 'LEXEL_DOWNLOAD' },
        );
      }
      const { signal } = options;
      await sleep(Math.min(250 * 2 ** attempt, 5000), undefined, { signal }).catch(() =>
        signal?.throwIfAborted(),
      );
    }
  }
  options.signal?.throwIfAborted();
  if (options.checksum) {
    try {
      await verifyChecksum(part, options.checksum);
    } catch (error) {
      if (!(error instanceof ChecksumError)) throw error;
      await discard(part);
      throw new ChecksumError(
        `${url}: ${error.message.slice(part.length + 2)}`,
        join('The wrong file was deleted; try again.', options.hint),
      );
    }
  }
  await rename(part, file);
  await rm(`${part}.json`, { force: true });
}

/** Makes one request; returns when `part` is complete. */
async function fetchOnce(url: string, part: string, options: DownloadOptions): Promise<void> {
  const known = await readPart(part);
  let offset = await sizeOf(part);
  // Without a validator from the server, only a checksum can verify that both halves belong together.
  const trusted = known?.url === url && (known.validator !== null || options.checksum !== undefined);
  if (offset > 0 && (!trusted || (options.size !== undefined && offset > options.size))) offset = 0;
  if (offset > 0 && offset === options.size) return;

  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (offset > 0) {
    headers.range = `bytes=${offset}-`;
    if (known?.validator) headers['if-range'] = known.validator;
  }
  const abort = new AbortController(); // of this request, by `signal` or after the idle time
  const idle = (options.idleSeconds ?? 60) * 1000;
  let timer = setTimeout(() => abort.abort(), idle);
  try {
    const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
    const response = await fetch(url, { headers, signal }).catch((error: unknown) => {
      throw new Interrupted(`no connection (${reason(error)})`, { cause: error });
    });
    if (response.status === 416 && offset > 0) {
      // The part is at least as long as the file. Unless it is complete, start again.
      await response.body?.cancel();
      if (Number(response.headers.get('content-range')?.match(/\/(\d+)$/)?.[1]) === offset) return;
      await discard(part);
      throw new Interrupted('the server has no such range');
    }
    if (response.status >= 500 || response.status === 429) {
      await response.body?.cancel();
      throw new Interrupted(`the server answered ${response.status} ${response.statusText}`);
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new LexelError(
        `${url}: the server answered ${response.status} ${response.statusText}`,
        options.hint,
        { code: 'LEXEL_DOWNLOAD' },
      );
    }
    const start = response.status === 206 ? rangeStart(response) : 0;
    if (start !== 0 && start !== offset) {
      await response.body.cancel();
      await discard(part);
      throw new Interrupted(`the server sent bytes from ${start} instead of ${offset}`);
    }
    const total = wholeSize(response, start);
    if (total !== undefined && options.size !== undefined && total !== options.size) {
      await response.body.cancel();
      throw new LexelError(`${url}: has ${total} bytes, expected ${options.size}`, options.hint, {
        code: 'LEXEL_DOWNLOAD',
      });
    }
    const most = options.size ?? options.maxSize ?? MAX_SIZE;
    if (total !== undefined && total > most) {
      await response.body.cancel();
      throw new LexelError(`${url}: has ${total} bytes, more than ${most}`, options.hint, {
        code: 'LEXEL_DOWNLOAD',
      });
    }
    const expected = total ?? options.size;
    // Delete the old bytes before the new validator is written, so that a kill in between cannot combine the two.
    if (start === 0) await rm(part, { force: true });
    await writePart(part, { url, validator: validator(response) });
    let done = start;
    const out = await open(part, start > 0 ? 'a' : 'w').catch((error) => {
      throw cannotWrite(part, error);
    });
    try {
      // Each chunk is written before the next one is read, so all counted bytes are on disk if the connection breaks.
      for await (const chunk of chunksOf(response.body, () => done)) {
        clearTimeout(timer);
        timer = setTimeout(() => abort.abort(), idle);
        done += chunk.length;
        if (done > (expected ?? most)) break;
        await out.writeFile(chunk).catch((error) => {
          throw cannotWrite(part, error);
        });
        options.onProgress?.(done, expected);
      }
    } finally {
      await out.close();
    }
    if (done > (expected ?? most)) {
      await discard(part);
      throw new LexelError(
        `${url}: sends more than ${expected === undefined ? most : `the expected ${expected}`} bytes`,
        join('The download was deleted: this address serves a different file.', options.hint),
        { code: 'LEXEL_DOWNLOAD' },
      );
    }
    if (expected !== undefined && done < expected) {
      throw new Interrupted(`the connection ended after ${done} of ${expected} bytes`);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Iterates over the chunks of a response. @throws Interrupted if the connection breaks */
async function* chunksOf(body: ReadableStream<Uint8Array>, done: () => number): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { value, done: ended } = await reader.read().catch((error: unknown) => {
        throw new Interrupted(`the connection broke after ${done()} bytes (${reason(error)})`, {
          cause: error,
        });
      });
      if (ended) return;
      yield value;
    }
  } finally {
    // Cancels an endless response; cancelling a broken one fails, which is ignored.
    await reader.cancel().catch(() => {});
  }
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (s) => s.size,
    () => 0,
  );
}

async function readPart(part: string): Promise<Part | undefined> {
  try {
    return partSchema.parse(JSON.parse(await readFile(`${part}.json`, 'utf8')));
  } catch {
    return undefined; // Missing or damaged: the part is discarded and downloaded from the start.
  }
}

async function writePart(part: string, value: Part): Promise<void> {
  const file = `${part}.json`;
  await writeFile(file, JSON.stringify(value)).catch((error) => {
    throw cannotWrite(file, error);
  });
}

async function discard(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.json`, { force: true });
}

/** The validator for If-Range: a strong ETag or a date. A weak ETag does not guarantee identical bytes. */
function validator(response: Response): string | null {
  const etag = response.headers.get('etag');
  if (etag && !etag.startsWith('W/')) return etag;
  return response.headers.get('last-modified');
}

function rangeStart(response: Response): number {
  const match = response.headers.get('content-range')?.match(/^bytes (\d+)-/);
  return match ? Number(match[1]) : -1;
}

function wholeSize(response: Response, start: number): number | undefined {
  const ranged = response.headers.get('content-range')?.match(/\/(\d+)$/);
  if (ranged) return Number(ranged[1]);
  const length = response.headers.get('content-length');
  return length === null ? undefined : start + Number(length);
}

/** The reason why fetch failed, which is in the error's `cause`. */
function reason(error: unknown): string {
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}

function join(...sentences: (string | undefined)[]): string {
  return sentences.filter(Boolean).join(' ');
}
