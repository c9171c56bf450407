import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChecksumError } from '../../src/util/checksum.js';
import { download } from '../../src/util/download.js';
import { LexelError } from '../../src/util/errors.js';
import { smallDisk, unmountAll } from '../disks.js';

const content = Buffer.alloc(300_000, 'The quick brown fox jumps over the lazy dog. ');
const md5 = { algorithm: 'md5', hex: createHash('md5').update(content).digest('hex') } as const;

/** How the server behaves, and the requests that it received. */
const server = {
  url: '',
  etag: '"one"',
  /** Cuts the connection after so many bytes of the body, once per entry. */
  cuts: [] as number[],
  ranges: true,
  status: 0,
  /** Omits Content-Length. */
  chunked: false,
  /** Sends an endless body without Content-Length. */
  endless: false,
  /** Bytes sent of the endless body. */
  sent: 0,
  requests: [] as { range?: string; ifRange?: string }[],
};
let close: () => Promise<void>;
let dir: string;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { range, 'if-range': ifRange } = request.headers;
  server.requests.push({ range, ifRange: ifRange as string | undefined });
  if (server.status) {
    response.writeHead(server.status).end('no');
    return;
  }
  if (server.endless) {
    const piece = Buffer.alloc(16_384);
    const more = () => {
      if (response.destroyed) return;
      server.sent += piece.length;
      response.write(piece, () => setImmediate(more));
    };
    more();
    return;
  }
  const asked =
    server.ranges && (!ifRange || ifRange === server.etag) ? range?.match(/bytes=(\d+)-/) : undefined;
  const start = asked ? Number(asked[1]) : 0;
  if (start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = content.subarray(start);
  if (server.etag) response.setHeader('etag', server.etag);
  if (!server.chunked) response.setHeader('content-length', body.length);
  if (asked) response.setHeader('content-range', `bytes ${start}-${content.length - 1}/${content.length}`);
  response.writeHead(asked ? 206 : 200);
  const cut = server.cuts.shift();
  if (cut === undefined) response.end(body);
  else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 50));
}

beforeEach(async () => {
  Object.assign(server, {
    etag: '"one"',
    cuts: [],
    ranges: true,
    status: 0,
    chunked: false,
    endless: false,
    sent: 0,
    requests: [],
  });
  const http = createServer(answer);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/file.bin`;
  close = () =>
    new Promise((resolve) => {
      http.closeAllConnections();
      http.close(() => resolve());
    });
  dir = await mkdtemp(join(tmpdir(), 'lexel-download-'));
});
afterEach(async () => {
  await close();
  unmountAll();
  await rm(dir, { recursive: true });
});

const failure = (promise: Promise<unknown>): Promise<LexelError> =>
  promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error) => error,
  );

describe('download', () => {
  it('downloads, verifies and reports progress', async () => {
    const file = join(dir, 'deep', 'file.bin');
    const seen: [number, number | undefined][] = [];
    await download(server.url, file, {
      checksum: md5,
      size: content.length,
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect(content.equals(await readFile(file))).toBe(true);
    expect(existsSync(`${file}.part`) || existsSync(`${file}.part.json`)).toBe(false);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
  });

  it('resumes after a cut within one call', async () => {
    server.cuts = [100_000];
    await download(server.url, join(dir, 'f'), { checksum: md5 });
    expect(content.equals(await readFile(join(dir, 'f')))).toBe(true);
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]).toEqual({ range: 'bytes=100000-', ifRange: '"one"' });
  });

  it('keeps the part if the connection keeps breaking, and the next call continues it', async () => {
    server.cuts = [100_000];
    const error = await failure(
      download(server.url, join(dir, 'f'), { retries: 0, hint: 'Use --data-dir.' }),
    );
    expect(error).toBeInstanceOf(LexelError);
    expect(error.message).toContain('after 100000 bytes');
    expect(error.hint).toContain('run the same command to continue. Use --data-dir.');
    expect(existsSync(join(dir, 'f'))).toBe(false);
    await download(server.url, join(dir, 'f'));
    expect(server.requests[1].range).toBe('bytes=100000-');
    expect(content.equals(await readFile(join(dir, 'f')))).toBe(true);
  });

  it('starts again if the file has changed on the server', async () => {
    server.cuts = [100_000];
    await failure(download(server.url, join(dir, 'f'), { retries: 0 }));
    server.etag = '"two"';
    await download(server.url, join(dir, 'f'), { checksum: md5 });
    expect(content.equals(await readFile(join(dir, 'f')))).toBe(true);
  });

  it('starts again if the server ignores Range', async () => {
    server.cuts = [100_000];
    server.ranges = false;
    await download(server.url, join(dir, 'f'), { checksum: md5 });
    expect(content.equals(await readFile(join(dir, 'f')))).toBe(true);
  });

  it('does not resume a part without a validator and without a checksum', async () => {
    server.cuts = [100_000];
    server.etag = '';
    await download(server.url, join(dir, 'f'));
    expect(server.requests[1].range).toBeUndefined();
    expect(content.equals(await readFile(join(dir, 'f')))).toBe(true);
  });

  it('uses a part that is already complete', async () => {
    const file = join(dir, 'f');
    await writeFile(`${file}.part`, content);
    await writeFile(`${file}.part.json`, JSON.stringify({ url: server.url, validator: '"one"' }));
    await download(server.url, file, { checksum: md5 });
    expect(content.equals(await readFile(file))).toBe(true);
  });

  it('names a wrong checksum and deletes the part', async () => {
    const file = join(dir, 'f');
    const error = await failure(
      download(server.url, file, { checksum: { algorithm: 'md5', hex: '0'.repeat(32) } }),
    );
    expect(error).toBeInstanceOf(ChecksumError);
    expect(error.message).toBe(`${server.url}: md5 is ${md5.hex}, expected ${'0'.repeat(32)}`);
    expect(existsSync(file) || existsSync(`${file}.part`)).toBe(false);
  });

  it('refuses another size, a missing page and an address that is not http', async () => {
    const size = await failure(download(server.url, join(dir, 'f'), { size: 7 }));
    expect(size.message).toContain('has 300000 bytes, expected 7');
    server.status = 404;
    const missing = await failure(download(server.url, join(dir, 'f'), { hint: 'Use --data-dir.' }));
    expect(missing.message).toBe(`${server.url}: the server answered 404 Not Found`);
    expect(missing.hint).toBe('Use --data-dir.');
    expect((await failure(download('ftp://x/y', join(dir, 'f')))).message).toContain(
      'not an http(s) address',
    );
  });

  it('retries after a server error, then reports it', async () => {
    server.status = 503;
    const error = await failure(download(server.url, join(dir, 'f'), { retries: 1 }));
    expect(server.requests).toHaveLength(2);
    expect(error.message).toContain('503');
  });

  it('reports that there is no connection', async () => {
    await close();
    const error = await failure(download(server.url, join(dir, 'f'), { retries: 0 }));
    expect(error).toBeInstanceOf(LexelError);
    expect(error.message).toContain('ECONNREFUSED');
    close = async () => {};
  });

  it.each([
    ['the expected', { size: 300_000 }, 'sends more than the expected 300000 bytes'],
    ['the greatest', { maxSize: 200_000 }, 'sends more than 200000 bytes'],
  ])('stops at %s size while a server sends without end', async (_, options, problem) => {
    server.endless = true;
    const file = join(dir, 'f');
    let most = 0;
    const onProgress = (done: number) => {
      most = Math.max(most, done);
    };
    const error = await failure(
      download(server.url, file, { ...options, hint: 'Try a mirror.', onProgress }),
    );
    expect(error.message).toBe(`${server.url}: ${problem}`);
    expect(error.hint).toBe('The download was deleted: this address serves a different file. Try a mirror.');
    expect(most).toBeLessThanOrEqual(300_000);
    expect(await readdir(dir)).toEqual([]);
    const sent = server.sent;
    expect(sent).toBeLessThan(20_000_000); // the system's buffers
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.sent - sent).toBeLessThan(1_000_000);
  });

  it('does not start a download whose declared size exceeds the limit', async () => {
    const error = await failure(download(server.url, join(dir, 'f'), { maxSize: 1000 }));
    expect(error.message).toBe(`${server.url}: has 300000 bytes, more than 1000`);
    expect(await readdir(dir)).toEqual([]);
  });

  it('names the file if the disk is full', async () => {
    const disk = smallDisk(dir);
    if (!disk) return;
    writeFileSync(join(disk, 'filling'), new Uint8Array(900_000));
    const error = await failure(download(server.url, join(disk, 'f'), { retries: 0 }));
    expect(error.message).toBe(`${join(disk, 'f.part')} cannot be written: the disk is full`);
  });

  it('fetches a body of unknown length', async () => {
    server.chunked = true;
    await download(server.url, join(dir, 'f'), { checksum: md5 });
    expect(content.equals(await readFile(join(dir, 'f')))).toBe(true);
  });
});
