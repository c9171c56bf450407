/** `lexel/browser` in Chromium gives the same answers, and trains to the same bits, as Node's wasm. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Lexel from '../../src/browser/index.js';
import { openModel, readWords, startEngine } from '../../src/browser/index.js';
import { encodePng } from '../../src/data/index.js';
import { noChromium } from '../chromium.js';
import { root, wasmBinary } from './bundle.js';
import { type OpenPage, openPage } from './chromium.js';

declare global {
  interface Window {
    lexel: typeof Lexel;
  }
}

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'lexel-page-'));
afterAll(() => rmSync(folder, { recursive: true }));

const asset = (file: string) => readFileSync(join(root, 'assets', file));
const lexel = (...args: string[]) =>
  run(process.execPath, [join(root, 'bin/lexel.js'), ...args], {
    env: { ...process.env, LEXEL_ISA: 'simd128' },
  });

/** The image of the tests, uint8 [size, size, 3]: a gradient with a disc. */
function drawn(size: number): number[] {
  return Array.from({ length: size * size * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size), i % 3];
    return Math.hypot(x - size / 2, y - size / 2) < size / 4
      ? 40 + 70 * c
      : Math.floor((255 * (c === 1 ? y : x)) / size);
  });
}

describe.skipIf(noChromium)('in Chromium', () => {
  let open: OpenPage;

  beforeAll(async () => {
    open = await openPage();
  });
  afterAll(() => open?.close());

  it('classifies and searches like Node, to the bit, and uploads nothing', async () => {
    const pixels = drawn(50);
    const inPage = await open.page.evaluate(async (data) => {
      const { openModel, readWords, startEngine } = window.lexel;
      const bytes = async (file: string) => (await fetch(`/assets/${file}`)).arrayBuffer();
      const engine = await startEngine('/assets/lexel.wasm');
      const model = openModel(await bytes('models/lite-joint.safetensors'), engine, {
        words: async () => readWords(await bytes('words/pack.lexw'), 'pack.lexw'),
      });
      const photo = { data: Uint8Array.from(data), width: 50, height: 50 };
      const [answers] = await model.classify(photo, { vocab: 2000, top: 8 });
      const expression = await model.search('img:photo - sea + mountain', { images: { photo }, vocab: 2000 });
      const { count } = await model.answerer({ vocab: 2000 });
      const { build, isa } = engine.info;
      return { answers: [...answers], familiarity: answers.familiarity, expression, count, build, isa };
    }, pixels);

    const engine = await startEngine(wasmBinary());
    const model = openModel(asset('models/lite-joint.safetensors'), engine, {
      words: readWords(asset('words/pack.lexw'), 'pack.lexw'),
    });
    const photo = { data: Uint8Array.from(pixels), width: 50, height: 50 };
    const [answers] = await model.classify(photo, { vocab: 2000, top: 8 });
    expect(inPage).toEqual({
      answers: [...answers],
      familiarity: answers.familiarity,
      expression: await model.search('img:photo - sea + mountain', { images: { photo }, vocab: 2000 }),
      count: (await model.answerer({ vocab: 2000 })).count,
      build: engine.info.build,
      isa: 'simd128',
    });
    expect(inPage.answers).toHaveLength(8);
    expect(inPage.expression.map(({ label }) => label)).not.toContain('sea');
    expect(open.requests.filter((path) => !path.startsWith('/assets/'))).toEqual(
      expect.arrayContaining(['/', '/lexel.js']),
    );
  });

  it('trains to the same model file as `lexel train` on wasm, also after a stop; the command line reads it', async () => {
    const held = ['red_circle', 'checkered_square', 'red_star'];
    const inPage = await open.page.evaluate(async (heldOut) => {
      const { openModel, readWords, shapesWorld, startEngine, trainModel } = window.lexel;
      const engine = await startEngine('/assets/lexel.wasm');
      const words = readWords(await (await fetch('/assets/words/shapes.lexw')).arrayBuffer(), 'shapes.lexw');
      const options = { engine, dataset: shapesWorld(), words, heldOut, epochs: 2, seed: 3 };
      const stop = new AbortController();
      let checkpoint: Uint8Array | undefined;
      const first = await trainModel({
        ...options,
        train: { limit: 256 },
        signal: stop.signal,
        onCheckpoint: (bytes) => {
          checkpoint = bytes;
          stop.abort();
        },
      });
      const types: string[] = [];
      const outcome = await trainModel({
        ...options,
        train: { limit: 256 },
        checkpoint,
        onEvent: ({ type }) => types.push(type),
      });
      if (outcome.status !== 'finished') throw new Error('it was stopped');
      const size = outcome.model.network.size;
      const image = { data: new Uint8Array(size * size * 3).fill(128), width: size, height: size };
      const [answers] = await openModel(outcome.file, engine).classify(image);
      return { first, types, file: Array.from(outcome.file), answers: answers.length };
    }, held);
    expect(inPage.first).toEqual({ status: 'stopped', epoch: 1 });
    expect(inPage.types).toEqual(['resume', 'epoch']);
    expect(inPage.answers).toBe(5);

    const out = join(folder, 'run');
    await lexel(
      ...['train', '--data', 'shapes', '--words', 'shapes', '--net', 'lite', '--recipe', 'joint'],
      ...['--holdout', held.join(','), '--epochs', '2', '--seed', '3', '--limit', '256'],
      ...['--backend', 'wasm', '--out', out],
    );
    const name = readdirSync(join(out, 'folds')).find((file) => file.endsWith('.model.safetensors'))!;
    const file = Uint8Array.from(inPage.file);
    expect(Buffer.compare(file, readFileSync(join(out, 'folds', name)))).toBe(0);

    const [model, image] = [join(folder, 'page.safetensors'), join(folder, 'image.png')];
    writeFileSync(model, file);
    writeFileSync(image, await encodePng(Uint8Array.from(drawn(32)), 32));
    const { stdout } = await lexel('classify', image, '--model', model, '--json', '--top', '3');
    expect(JSON.parse(stdout)[0].words).toHaveLength(3);
  }, 600_000);
});
