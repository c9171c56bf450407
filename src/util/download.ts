/**
 * Downloads that survive a bad line: bytes go to `<file>.part`, a later call (or a retry within this one) goes on
 * where it stopped, the checksum is compared, and only then does the file appear under its name.
 *
 * Resuming is HTTP's own: Range with If-Range (RFC 9110, 13.1.5 and 14.2), so that a file that changed on the
 * server in between is fetched anew and not glued to an older half.
 */

import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type Checksum, ChecksumError, verifyChecksum } from './checksum.js';
import { LexelError } from './errors.js';
import { makeFolder } from './make-folder.js';
import { cannotWrite } from './system-errors.js';

export interface DownloadOptions {
  /** Published size in bytes; another size is an error before anything is fetched. */
  readonly size?: number;
  /** Bytes at most, where no size is published, whatever the server says. Default 4 GiB. */
  readonly maxSize?: number;
  readonly checksum?: Checksum;
  /** Called with bytes on disk and the whole size (undefined when the server does not say). */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** How often a broken connection is taken up again within this call. Default 3. */
  readonly retries?: number;
  /** Silence after which a connection counts as broken, in seconds. Default 60. */
  readonly idleSeconds?: number;
  /** What the user can do instead; ends every error. */
  readonly hint?: string;
}

/** What `<file>.part` was begun from, kept beside it. */
const partSchema = z.object({ url: z.string(), validator: z.string().nullable() });
type Part = z.infer<typeof partSchema>;

/** A broken connection: worth another try, unlike a refusal. */
class Interrupted extends Error {}

const MAX_SIZE = 4 * 2 ** 30;

/**
 * Fetches `url` into `file`, over http or https.
 *
 * @throws LexelError when the server refuses, the size differs (what is fetched beyond it ends the download, and the part is
 *   deleted), or the connection keeps breaking (the part stays, the next call resumes); ChecksumError when the content is
 *   wrong (the part is deleted); SystemError naming the file that cannot be written.
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  if (!/^https?:\/\//i.test(url)) throw new LexelError(`cannot download ${url}: not an http(s) address`);
  makeFolder(dirname(file));
  const part = `${file}.part`;
  const retries = options.retries ?? 3;
  for (let attempt = 0; ; attempt++) {
    try {
      await fetchOnce(url, part, options);
      break;
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      if (attempt >= retries) {
        throw new LexelError(
          `${url}: ${error.message}`,
          join('The part fetched so far is kept: the same command goes on from there.', options.hint),
          { cause: error },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** attempt, 5000)));
    }
  }
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

/** One request; returns when `part` is whole. */
async function fetchOnce(url: string, part: string, options: DownloadOptions): Promise<void> {
  const known = await readPart(part);
  let offset = await sizeOf(part);
  // Without the server's validator only a checksum can tell that both halves belong together.
  const trusted = known?.url === url && (known.validator !== null || options.checksum !== undefined);
  if (offset > 0 && (!trusted || (options.size !== undefined && offset > options.size))) offset = 0;
  if (offset > 0 && offset === options.size) return;

  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (offset > 0) {
    headers.range = `bytes=${offset}-`;
    if (known?.validator) headers['if-range'] = known.validator;
  }
  const abort = new AbortController();
  const idle = (options.idleSeconds ?? 60) * 1000;
  let timer = setTimeout(() => abort.abort(), idle);
  try {
    const response = await fetch(url, { headers, signal: abort.signal }).catch((error: unknown) => {
      throw new Interrupted(`no connection (${reason(error)})`, { cause: error });
    });
    if (response.status === 416 && offset > 0) {
      // The part is as long as the file, or longer: begin again unless it is exactly whole.
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
      );
    }
    const start = response.status === 206 ? rangeStart(response) : 0;
    if (start !== 0 && start !== offset) {
      await response.body.cancel();
      await discard(part);
      throw new Interrupted(`the server sent bytes from ${start} where ${offset} was asked`);
    }
    const total = wholeSize(response, start);
    if (total !== undefined && options.size !== undefined && total !== options.size) {
      await response.body.cancel();
      throw new LexelError(`${url}: has ${total} bytes, expected ${options.size}`, options.hint);
    }
    const most = options.size ?? options.maxSize ?? MAX_SIZE;
    if (total !== undefined && total > most) {
      await response.body.cancel();
      throw new LexelError(`${url}: has ${total} bytes, more than ${most}`, options.hint);
    }
    const expected = total ?? options.size;
    // Old bytes go before the new validator is written, so that a kill in between cannot pair the two.
    if (start === 0) await rm(part, { force: true });
    await writePart(part, { url, validator: validator(response) });
    let done = start;
    const out = await open(part, start > 0 ? 'a' : 'w').catch((error) => {
      throw cannotWrite(part, error);
    });
    try {
      // Each chunk is written before the next is taken: what is counted is on the disk when the connection breaks.
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
        join('What was fetched was deleted: the address leads to something else.', options.hint),
      );
    }
    if (expected !== undefined && done < expected) {
      throw new Interrupted(`the connection ended after ${done} of ${expected} bytes`);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** What a connection brings. @throws Interrupted when it breaks */
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
    // Ends what has no end; a broken one cannot be cancelled.
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
    return undefined; // Missing or damaged: the part counts as unknown and is fetched anew.
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

/** If-Range takes a strong ETag or a date; a weak ETag promises nothing about bytes. */
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

/** fetch hides what happened in `cause`. */
function reason(error: unknown): string {
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}

function join(...sentences: (string | undefined)[]): string {
  return sentences.filter(Boolean).join(' ');
}
