/** Estimates of a run's time, disk and memory, against runs that were trained. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  createRunDirectory,
  type ExperimentOptions,
  forecast,
  prepareExperiment,
  runFolds,
} from '../../src/crossval/index.js';
import { SHAPES } from './shapes-options.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-forecast-'));
afterAll(() => rmSync(root, { recursive: true }));

const prepared = (changes: Partial<ExperimentOptions> = {}) =>
  prepareExperiment({ ...SHAPES, epochs: 1, ...changes });

async function trained(name: string, changes: Partial<ExperimentOptions> = {}) {
  const dir = join(root, name);
  const experiment = await prepared(changes);
  createRunDirectory(dir, experiment);
  const before = await forecast(experiment, { dirs: [dir], workers: 1 });
  expect((await runFolds(dir, experiment, { workers: 1 })).failed).toEqual([]);
  return { dir, experiment, before };
}

const bytesIn = (dir: string) =>
  readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);

describe('forecast', () => {
  test('counts folds, epochs and images, and gives no time for a short run', async () => {
    const experiment = await prepared({ epochs: 3, train: { limit: 150, batch: 32 } });
    const found = await forecast(experiment, { dirs: [join(root, 'none')], workers: 2, threads: 1 });
    // 4 whole batches of 32 in each of 3 epochs of 3 folds.
    expect(found).toMatchObject({
      folds: 3,
      epochs: 3,
      images: 3 * 3 * 128,
      workers: 2,
      threads: 1,
      time: null,
    });
    expect(existsSync(join(root, 'none'))).toBe(false);
    const seeds = await forecast(experiment, { dirs: [join(root, 'a'), join(root, 'b')] });
    expect(seeds).toMatchObject({ folds: 6, images: 2 * found.images });
  });

  test.each([
    ['poster', {}],
    ['joint', { recipe: 'joint', protocol: 'holdout:20', train: { limit: 128, batch: 32, ema: 0.9 } }],
    ['whitened-loo', { recipe: 'whitened', protocol: 'loo', selection: { folds: '0-1' } }],
  ])('%s: the size of what the folds keep is right within 2 %%', async (name, changes) => {
    const { dir, experiment, before } = await trained(name, changes);
    const checkpoint = await forecast(experiment, { dirs: [dir], workers: 1 });
    expect(checkpoint).toMatchObject({ folds: 0, images: 0, disk: 0, time: null });
    const files = bytesIn(join(dir, 'folds'));
    const { weights } = sizesOf(join(dir, 'folds'));
    // Two checkpoints: weights, their moments, and averages; and the held-out outputs.
    const parts = name === 'joint' ? 4 : 3;
    const { outputs } = experiment.network;
    const heldOut = experiment.folds[0].heldOut.length * 25;
    const checkpoints = 2 * (parts * weights + 4 * 2 * heldOut * outputs);
    expect(Math.abs(before.disk - checkpoints - files) / files).toBeLessThan(0.02);
  });

  test('measures the rate on states of its own: the run gives the same bits', async () => {
    const experiment = await prepared();
    const plain = join(root, 'plain');
    createRunDirectory(plain, experiment);
    await runFolds(plain, experiment, { workers: 2 });
    const measured = join(root, 'measured');
    createRunDirectory(measured, experiment);
    const names = readdirSync(join(measured, 'folds'));
    const found = await forecast(experiment, { dirs: [measured], workers: 2, always: true });
    expect(readdirSync(join(measured, 'folds'))).toEqual(names);
    expect(found.time!.imagesPerSecond).toBeGreaterThan(0);
    expect(found.time!.seconds).toBeGreaterThan(found.images / found.time!.imagesPerSecond);
    expect(found.memory).toBeGreaterThan(process.memoryUsage.rss() / 2);
    await runFolds(measured, experiment, { workers: 2 });
    for (const { id } of experiment.folds) {
      const file = `folds/${id}.outputs.safetensors`;
      expect(readFileSync(join(measured, file))).toEqual(readFileSync(join(plain, file)));
    }
  });

  test('gives no time if the training fails at once', async () => {
    const experiment = await prepared({ train: { limit: 128, batch: 32, learningRate: 1e30, clip: 0 } });
    const found = await forecast(experiment, { dirs: [join(root, 'fails')], always: true });
    expect(found).toMatchObject({ folds: 3, time: null });
  });
});

/** Bytes of the weights in one model file of the folder. */
function sizesOf(dir: string): { weights: number } {
  const file = readFileSync(join(dir, readdirSync(dir).find((name) => name.endsWith('.model.safetensors'))!));
  const header = JSON.parse(file.subarray(8, 8 + Number(file.readBigUInt64LE())).toString());
  const weights = Object.entries<{ data_offsets: [number, number] }>(header)
    .filter(([name]) => name.startsWith('weights.'))
    .reduce((sum, [, { data_offsets }]) => sum + data_offsets[1] - data_offsets[0], 0);
  return { weights };
}
