/** Long operations end early with the reason of their signal, and leave files whole. */

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareExperiment } from '../../src/crossval/index.js';
import { getDataset, openDataset } from '../../src/data/index.js';
import { writeReport, writeSeedsReport } from '../../src/report/index.js';
import {
  type ImageModel,
  measureAnalogies,
  openModel,
  Scanner,
  updateIndex,
} from '../../src/search/index.js';
import { download } from '../../src/util/download.js';
import { getWords, openWords, trainWords } from '../../src/words/index.js';
import { fakeRun } from '../statistics/support/fake-run.js';
import { drawImage, saveUntrained } from './untrained.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-abort-'));
const photos = join(dir, 'photos');
const COUNT = 200;
let model: ImageModel;
let server: Server;
let address: string;
const body = Buffer.alloc(8 << 20, 'abcdefgh');

beforeAll(async () => {
  await saveUntrained(join(dir, 'm.safetensors'));
  model = openModel(join(dir, 'm.safetensors'));
  const [red, blue] = [join(dir, 'red.png'), join(dir, 'blue.png')];
  await drawImage(red, '#c22', '#eee');
  await drawImage(blue, '#22c', '#111');
  for (const name of ['red', 'blue']) {
    mkdirSync(join(photos, name), { recursive: true });
    for (let i = 0; i < COUNT / 2; i++)
      copyFileSync(join(dir, `${name}.png`), join(photos, name, `${i}.png`));
  }
  server = createServer((request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"one"',
      'content-length': body.length - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }),
    });
    response.end(body.subarray(from));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.bin`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
});

const reason = new Error('the user left');
/** Rejects with the reason if the signal is aborted already, and if it is aborted after the work has begun. */
async function expectAborts(work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  await expect(work(AbortSignal.abort(reason))).rejects.toBe(reason);
  const controller = new AbortController();
  const running = work(controller.signal);
  setImmediate(() => controller.abort(reason));
  await expect(running).rejects.toBe(reason);
}

const paths = () =>
  Array.from({ length: COUNT }, (_, i) => join(photos, i % 2 ? 'red' : 'blue', `${i >> 1}.png`));
const pixels = { data: new Uint8Array(4000 * 32 * 32 * 3), count: 4000, width: 32, height: 32 };

describe('an abort ends', () => {
  it('embed and classify, while images are decoded', async () => {
    await expectAborts((signal) => model.embed(paths(), { signal }));
    await expectAborts((signal) => model.classify(paths(), { signal }));
  });

  it('embed and classify, while the network runs', async () => {
    await model.embed({ data: new Uint8Array(32 * 32 * 32 * 3), count: 32, width: 32, height: 32 });
    await expectAborts((signal) => model.embed(pixels, { signal }));
    await expectAborts((signal) => model.classify(pixels, { signal }));
    expect(await model.embed(paths().slice(0, 2))).toHaveLength(2); // the model can still be used
  });

  it('the download of an image', async () => {
    await expectAborts((signal) => model.embed(new URL(address), { signal }));
  });

  it('the first index of a folder, of which no file is left', async () => {
    const folder = join(dir, 'new');
    mkdirSync(folder);
    await expectAborts((signal) => updateIndex(photos, join(folder, 'a.lex'), model, { signal }));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('the update of an index, which stays as it was and can be updated later', async () => {
    const folder = join(dir, 'update');
    mkdirSync(folder);
    const file = join(folder, 'a.lex');
    await updateIndex(join(photos, 'red'), file, model);
    const before = readFileSync(file);
    for (let i = 0; i < 100; i++) copyFileSync(join(dir, 'blue.png'), join(photos, 'red', `more-${i}.png`));
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    const { signal } = controller;
    await expect(updateIndex(join(photos, 'red'), file, model, { signal, onProgress })).rejects.toBe(reason);
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['a.lex']);
    expect(await updateIndex(join(photos, 'red'), file, model)).toMatchObject({ kept: 100, embedded: 100 });
  });

  it('a search, after which the threads answer again', async () => {
    const [rows, d] = [200_000, 50];
    const matrix = new Float32Array(new SharedArrayBuffer(rows * d * 4)).fill(0.1);
    const scanner = new Scanner(matrix, d, 2);
    const query = new Float32Array(d).fill(1);
    await expectAborts((signal) => scanner.search(query, 5, signal));
    expect((await scanner.search(query, 5)).rows).toHaveLength(5);
    await scanner.close();
  });

  it('a download, which a later call resumes', async () => {
    const file = join(dir, 'a.bin');
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    await expect(download(address, file, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(existsSync(file)).toBe(false);
    expect(existsSync(`${file}.part`)).toBe(true);
    const sizes: number[] = [];
    await download(address, file, { onProgress: (done) => sizes.push(done) });
    expect(readFileSync(file).equals(body)).toBe(true);
    expect(sizes.length).toBeGreaterThan(0);
    await expectAborts((signal) => download(address, join(dir, 'b.bin'), { signal }));
  });

  it('the wait before a download is tried again', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const running = download('http://127.0.0.1:1/a', join(dir, 'c.bin'), { signal, retries: 100 });
    setTimeout(() => controller.abort(reason), 50);
    await expect(running).rejects.toBe(reason);
  });

  it('the download of a data set and of word vectors, of which only the part is left', async () => {
    const expected = { size: body.length };
    for (const get of [
      (options: object) => getDataset('cifar-10', options),
      (options: object) => getWords('glove.6B', options),
    ]) {
      const dataDir = mkdtempSync(join(dir, 'data-'));
      const controller = new AbortController();
      const onProgress = () => controller.abort(reason);
      const { signal } = controller;
      await expect(get({ dataDir, url: address, expect: expected, signal, onProgress })).rejects.toBe(reason);
      const left = readdirSync(dataDir);
      expect(left.length).toBeGreaterThan(0);
      expect(left.filter((name) => !/\.part(\.json)?$/.test(name))).toEqual([]);
    }
  });

  it('openDataset of a folder, and openWords of a text file', async () => {
    await expectAborts((signal) => openDataset(photos, { signal }));
    const file = join(dir, 'long.txt');
    const numbers = Array.from({ length: 50 }, () => '0.125').join(' ');
    writeFileSync(file, Array.from({ length: 60_000 }, (_, i) => `word${i} ${numbers}\n`).join(''));
    await expectAborts((signal) => openWords(file, { signal }));
  });

  it('prepareExperiment', async () => {
    await expectAborts((signal) =>
      prepareExperiment({
        ...{ data: photos, words: 'shapes', net: 'lite', recipe: 'poster', preset: 'adamw', protocol: 'loo' },
        ...{ seed: 0, epochs: 1, signal },
      }),
    );
  });
});

describe('training of words, reports and analogies', () => {
  const reason = new Error('enough');

  it('trainWords ends between epochs and writes nothing', async () => {
    const corpus = join(dir, 'corpus.txt');
    const out = join(dir, 'own.lexw');
    writeFileSync(corpus, 'the red circle and the blue square\n'.repeat(20));
    const abort = new AbortController();
    const epochs: number[] = [];
    const onEpoch = (epoch: number) => {
      epochs.push(epoch);
      if (epoch === 2) abort.abort(reason);
    };
    const training = trainWords(corpus, out, { dimension: 4, onEpoch, signal: abort.signal });
    await expect(training).rejects.toBe(reason);
    expect(epochs).toEqual([1, 2]);
    expect(existsSync(out)).toBe(false);
  });

  it('writeReport and writeSeedsReport end before they write', async () => {
    const run = join(dir, 'seeds', 'seed-0');
    fakeRun(run, { classes: ['bus', 'otter', 'oak', 'cup'], groups: [[0], [1]], protocol: 'loo', epochs: 2 });
    for (const write of [writeReport, writeSeedsReport]) {
      const abort = new AbortController();
      setImmediate(() => abort.abort(reason));
      const to = write === writeReport ? run : join(dir, 'seeds');
      await expect(write(to, { resamples: 50, permutations: 20, signal: abort.signal })).rejects.toBe(reason);
    }
    expect(existsSync(join(run, 'report'))).toBe(false);
  });

  it('measureAnalogies does not begin', async () => {
    await expect(measureAnalogies({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
