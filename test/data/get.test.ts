import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCifar100 } from '../../src/data/cifar.js';
import { getDataset } from '../../src/data/get.js';
import { PUBLISHED } from '../../src/data/published.js';
import type { LexelError } from '../../src/util/errors.js';
import { smallDisk, unmountAll } from '../disks.js';
import { realCifar100, temporary, writeCifar100 } from './helpers.js';

let body: Buffer;
let url: string;
let dataDir: string;
const http = createServer((_request, response) => response.end(body));

beforeAll(async () => {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mirror/anything.tgz`;
});
afterAll(() => {
  http.close();
});
beforeEach(async () => {
  dataDir = await temporary();
});

/** A small archive with the layout of the published one, and entries that must not be unpacked. */
async function archive(leaveOut?: string): Promise<Buffer> {
  const files = await temporary();
  await writeCifar100(files, 30, 10);
  const tar = pack();
  for (const name of await readdir(files)) {
    if (name !== leaveOut) tar.entry({ name: `cifar-100-binary/${name}` }, await readFile(join(files, name)));
  }
  tar.entry({ name: '../../escape.txt' }, 'outside');
  tar.entry({ name: 'cifar-100-binary/train.bin', type: 'symlink', linkname: '/etc/passwd' });
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

const expectation = () =>
  ({
    size: body.length,
    checksum: { algorithm: 'md5', hex: createHash('md5').update(body).digest('hex') },
  }) as const;

const failure = (promise: Promise<unknown>): Promise<LexelError> =>
  promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error) => error,
  );

describe('getDataset', () => {
  it('names the file that does not fit on a full disk', async () => {
    const disk = smallDisk(await temporary());
    if (!disk) return;
    body = await archive();
    await writeFile(join(disk, 'filling'), new Uint8Array(1_048_576 - body.length - 32_768));
    const error = await failure(getDataset('cifar-100', { dataDir: disk, url, expect: expectation() }));
    unmountAll();
    expect(error.message).toMatch(
      /cifar-100-binary\S*\/(train|test)\.bin cannot be written: the disk is full$/,
    );
  });

  it('lists the published data sets', () => {
    expect(PUBLISHED['cifar-100'].archive.size).toBe(168513733);
    expect(PUBLISHED['cifar-100'].archive.checksum.hex).toBe('03b5dce01913d631647c71ecec9e9cb8');
  });

  it('downloads and unpacks a set, and leaves no other files', async () => {
    body = await archive();
    const result = await getDataset('cifar-100', { dataDir, url, expect: expectation() });
    expect(result).toEqual({ dir: join(dataDir, 'cifar-100-binary'), fetched: true });
    expect(await readdir(dataDir)).toEqual(['cifar-100-binary']);
    expect((await readdir(result.dir)).sort()).toEqual([
      'coarse_label_names.txt',
      'fine_label_names.txt',
      'test.bin',
      'train.bin',
    ]);
    expect(readCifar100(result.dir, { subset: true }).train.count).toBe(30);
    expect(existsSync(join(dataDir, '..', '..', 'escape.txt'))).toBe(false);
  });

  it('refuses an archive that differs from the published one, with an alternative in the hint', async () => {
    body = await archive();
    const error = await failure(getDataset('cifar-100', { dataDir, url }));
    expect(error.message).toContain(`has ${body.length} bytes, expected 168513733`);
    expect(error.hint).toContain('--data-dir');
    expect(error.hint).toContain(PUBLISHED['cifar-100'].archive.url);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('names a damaged or incomplete archive', async () => {
    body = await archive('test.bin');
    const incomplete = await failure(getDataset('cifar-100', { dataDir, url, expect: expectation() }));
    expect(incomplete.message).toContain('does not contain test.bin');
    body = (await archive()).subarray(0, -2000);
    const damaged = await failure(
      getDataset('cifar-100', { dataDir: join(dataDir, 'b'), url, expect: expectation() }),
    );
    expect(damaged.message).toContain('cannot be unpacked');
    // Found by fuzzing: the size of the first file begins with a byte that no number begins with.
    const tar = gunzipSync(await archive());
    tar[124] = 0xb0;
    tar.fill(' ', 148, 156);
    const sum = tar.subarray(0, 512).reduce((before, byte) => before + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0`, 148);
    body = gzipSync(tar);
    const sizeless = await failure(
      getDataset('cifar-100', { dataDir: join(dataDir, 'c'), url, expect: expectation() }),
    );
    expect(sizeless.message).toContain('cannot be unpacked (a size in it is damaged)');
    expect((await readdir(dataDir)).includes('cifar-100-binary')).toBe(false);
  });

  it('refuses an unknown name', async () => {
    expect((await failure(getDataset('imagenet', { dataDir }))).message).toBe('unknown data set "imagenet"');
  });

  const real = realCifar100();
  it.skipIf(!real)('downloads nothing if the set exists', async () => {
    await mkdir(dataDir, { recursive: true });
    await symlink(real!, join(dataDir, 'cifar-100-binary'));
    const result = await getDataset('cifar-100', { dataDir, url: 'http://127.0.0.1:9/nothing' });
    expect(result.fetched).toBe(false);
  });
});
