import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import {
  beginOrJoin,
  createRunDirectory,
  type Experiment,
  foldFiles,
  type Progress,
  prepareExperiment,
  type RunFile,
  readFold,
  readFoldOutputs,
  readRun,
  reopenExperiment,
  runFolds,
} from '../../src/crossval/index.js';
import { writeRunFile } from '../../src/crossval/run-file.js';
import { allocateSet, makeDataset } from '../../src/data/dataset.js';
import { contentHashes, type Dataset } from '../../src/data/index.js';
import { engineInfo } from '../../src/engine/index.js';
import { readNpy } from '../../src/formats/index.js';
import { answersOf, loadRun } from '../../src/statistics/load.js';
import { loadCheckpoint, loadModel, modelAnswers, saveCheckpoint } from '../../src/train/index.js';
import { SHAPES } from './shapes-options.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-run-'));
afterAll(() => rmSync(root, { recursive: true }));

let runs = 0;

/** Shared by all tests, because drawing it takes most of a test's time. */
const prepared = prepareExperiment(SHAPES);

/** Creates a run directory with three folds of the shapes world; each trains on 128 images for two epochs. */
async function begin(): Promise<{ dir: string; experiment: Experiment }> {
  const dir = join(root, `run-${runs++}`);
  const experiment = await prepared;
  createRunDirectory(dir, experiment);
  return { dir, experiment };
}

const outputs = (dir: string, fold: string) => readFileSync(foldFiles(dir, fold).outputs);

describe('runFolds', () => {
  it('trains every fold once and writes a run that can be read', async () => {
    const { dir, experiment } = await begin();
    const finished: string[] = [];
    let progress: Progress | undefined;
    const outcome = await runFolds(dir, experiment, {
      workers: 2,
      onFinished: (fold, last, end) => {
        finished.push(fold.id);
        expect(last?.epoch).toBe(2);
        expect(end.imagesPerSecond).toBeGreaterThan(0);
      },
      onProgress: (p) => {
        progress = p;
      },
    });
    expect(outcome).toMatchObject({ failed: [], stopped: false });
    expect(finished.sort()).toEqual(['split-0', 'split-1', 'split-2']);
    expect(progress).toMatchObject({ foldsDone: 3, folds: 3, images: 768, totalImages: 768 });

    const run = readRun(dir);
    expect(run.folds.every((fold) => fold.finished && fold.epochs.length === 3)).toBe(true);
    expect(run.targets).toEqual(experiment.vectors);
    const kept = readFoldOutputs(foldFiles(dir, 'split-1').outputs);
    expect(new Set(kept.heldOut.labels)).toEqual(new Set(experiment.folds[1].heldOut));
    expect(kept.seenImages?.ids.length).toBe(40 * 25);
    const { test } = experiment.dataset;
    expect(kept.heldOut.hashes).toEqual(contentHashes(test, kept.heldOut.ids));
    expect(kept.seenImages!.hashes).toEqual(contentHashes(test, kept.seenImages!.ids));
    expect(kept.features).toMatchObject({ dimension: 16 });
    expect(kept.features!.trainCounts.reduce((a, b) => a + b, 0)).toBe(128);
    const [{ start }] = run.folds;
    const { backend, isa, build } = await engineInfo();
    expect(start!.engine).toEqual({ backend, isa, build });
    expect(run.run).toMatchObject({
      build,
      normalisation: 'fold',
      dataset: { orderedHash: experiment.dataset.orderedHash },
    });
    const model = loadModel(foldFiles(dir, 'split-0').model);
    expect(model).toMatchObject({ normalisation: 'fold', engine: { build }, ...start!.normalisation });
    expect(model.dataset.orderedHash).toBe(experiment.dataset.orderedHash);

    // A process that is killed before releasing a lock leaves it. The state of a process on another machine is unknown.
    const lock = (fold: string, host: string) =>
      writeFileSync(
        foldFiles(dir, fold).lock,
        `${JSON.stringify({ pid: 4194303, host, began: '1', since: '2026-01-01' })}\n`,
      );
    lock('split-0', hostname());
    lock('split-1', 'another-machine');
    // Nothing is trained twice.
    const again = await runFolds(dir, experiment, { onEvent: () => expect.unreachable() });
    expect(again.finished.length).toBe(3);
    expect(readdirSync(join(dir, 'folds')).filter((name) => name.endsWith('.lock'))).toEqual([
      'split-1.lock',
    ]);
    expect(() => createRunDirectory(dir, experiment)).toThrow('already holds a run');
  });

  it('stops at a signal, and gives the same bits when resumed with any number of workers', async () => {
    const straight = await begin();
    await runFolds(straight.dir, straight.experiment, { workers: 3, threads: 1 });

    const { dir, experiment } = await begin();
    const controller = new AbortController();
    const outcome = await runFolds(dir, experiment, {
      workers: 1,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.fold === 'split-1' && event.type === 'epoch' && event.epoch === 1) controller.abort();
      },
    });
    expect(outcome.stopped).toBe(true);
    expect(outcome.finished).not.toContain('split-2');

    const reopened = await reopenExperiment(dir);
    const rest = await runFolds(dir, reopened, { workers: 2 });
    expect(rest).toMatchObject({ failed: [], stopped: false });
    for (const { id } of experiment.folds) {
      expect(outputs(dir, id).equals(outputs(straight.dir, id))).toBe(true);
      expect(
        readFileSync(foldFiles(dir, id).model).equals(readFileSync(foldFiles(straight.dir, id).model)),
      ).toBe(true);
    }
  });

  it('reports a fold that fails and finishes the others', async () => {
    const { dir, experiment } = await begin();
    writeFileSync(foldFiles(dir, 'split-0').checkpoint, 'not a checkpoint');
    const outcome = await runFolds(dir, experiment, { workers: 2 });
    expect(outcome.failed.map((failure) => failure.fold)).toEqual(['split-0']);
    expect(outcome.failed[0].message).toContain('split-0.checkpoint.safetensors');
    expect([...outcome.finished].sort()).toEqual(['split-1', 'split-2']);
  });
});

describe('createRunDirectory', () => {
  it('replaces an incomplete run directory of a killed process, and overwrites nothing else', async () => {
    const dir = join(root, 'half-begun');
    const experiment = await prepared;
    mkdirSync(join(dir, 'folds'), { recursive: true });
    writeFileSync(join(dir, 'targets.npy'), 'half of');
    writeFileSync(join(dir, 'run.json.01234567-99-5-0-1.tmp'), '{');
    createRunDirectory(dir, experiment);
    expect(readRun(dir).targets).toEqual(experiment.vectors);

    for (const [name, file] of [
      ['mine', 'targets.npy'],
      ['folds-in-use', 'folds/notes.txt'],
      ['thesis', 'thesis.txt'],
    ]) {
      const other = join(root, name);
      mkdirSync(join(other, name === 'mine' ? '' : 'folds'), { recursive: true });
      writeFileSync(join(other, file), 'mine');
      expect(() => createRunDirectory(other, experiment)).toThrow(`${other} is not empty`);
      expect(readFileSync(join(other, file), 'utf8')).toBe('mine');
    }
  });
});

describe('a fold that fails', () => {
  /** Classes a to e of single-colour images; e has duplicates of all other images, so holding out e leaves none. */
  const repeated = (): Dataset => {
    const classes = ['red_circle', 'blue_square', 'green_star', 'red_ring', 'blue_cross'];
    const split = (each: number, first: number) => {
      const set = allocateSet(8 * each, 16);
      for (let i = 0; i < set.count; i++) {
        set.labels[i] = Math.min(4, Math.floor(i / each));
        set.pixels.fill(first + (i % (4 * each)), i * 768, (i + 1) * 768);
      }
      return set;
    };
    return makeDataset({ name: 'repeated', classes, train: split(8, 0), test: split(2, 100) });
  };
  /** The shapes experiment on other images. */
  const experimentOn = async (dataset: Dataset, epochs: number): Promise<Experiment> => {
    const real = await prepareExperiment({ ...SHAPES, size: 16, epochs, train: { batch: 2 } });
    const rows = dataset.classes.map((label) => real.dataset.classes.indexOf(label));
    const d = real.run.words.dimension;
    const vectors = Float32Array.from({ length: 5 * d }, (_, k) => Math.sin(k * 3.7));
    const folds = dataset.classes.map((id, c) => ({ id, heldOut: [c] }));
    const words = { ...real.run.words, labels: rows.map((r) => real.run.words.labels[Math.max(0, r)]) };
    return {
      ...real,
      dataset,
      vectors,
      folds,
      config: { ...real.config, limit: null },
      run: {
        ...real.run,
        protocol: 'loo',
        folds,
        words,
        dataset: { ...real.run.dataset, classes: [...dataset.classes], superclasses: [], superclassOf: [] },
        config: { ...real.run.config, limit: null },
      },
    };
  };
  const logOf = (dir: string, fold: string) => readFileSync(foldFiles(dir, fold).log, 'utf8');

  it('of a fold whose lock was deleted leaves the files to the next holder', async () => {
    const { dir, experiment } = await begin();
    const [fold] = experiment.folds;
    const { lock, log } = foldFiles(dir, fold.id);
    const other = `${JSON.stringify({ pid: 1, host: 'another-machine', began: null, since: '2026-01-01' })}\n`;
    let before = '';
    const outcome = await runFolds(
      dir,
      { ...experiment, folds: [fold] },
      {
        onEvent({ type }) {
          if (type !== 'start') return;
          writeFileSync(lock, other);
          before = readFileSync(log, 'utf8');
        },
      },
    );
    expect(outcome.failed).toMatchObject([
      { fold: fold.id, code: 'LEXEL_LOCKED', message: expect.stringContaining(lock) },
    ]);
    expect(readFileSync(log, 'utf8').split('\n').length).toBeLessThanOrEqual(before.split('\n').length + 1);
    expect(readFileSync(log, 'utf8')).not.toContain('"failed"');
    expect(readFileSync(lock, 'utf8')).toBe(other);
  });

  it('during preparation is recorded; the others run, and their locks are held until they have ended', async () => {
    const dir = join(root, 'repeated');
    const experiment = await experimentOn(repeated(), 40);
    createRunDirectory(dir, experiment);
    // e comes first: its preparation fails when another fold has just started.
    const order = [experiment.folds[0], experiment.folds[4], ...experiment.folds.slice(1, 4)];
    const locked: string[] = [];
    const outcome = await runFolds(
      dir,
      { ...experiment, folds: order },
      {
        workers: 2,
        onFailed: () => locked.push(...readdirSync(join(dir, 'folds')).filter((n) => n.endsWith('.lock'))),
      },
    );
    expect(outcome.stopped).toBe(false);
    expect([...outcome.finished].sort()).toEqual(['blue_square', 'green_star', 'red_circle', 'red_ring']);
    const message =
      'repeated: every training image outside the held-out classes equals a held-out one (32 duplicates)';
    expect(outcome.failed).toMatchObject([{ fold: 'blue_cross', message }]);
    expect(locked).toContain('red_circle.lock');
    expect(locked).not.toContain('blue_cross.lock');
    expect(readRun(dir).folds[4]).toMatchObject({ finished: false, failed: { message } });
    expect(readdirSync(join(dir, 'folds')).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it('is skipped by the next call, and retried with the option `retry`', async () => {
    const { dir, experiment } = await begin();
    const checkpoint = foldFiles(dir, 'split-0').checkpoint;
    writeFileSync(checkpoint, 'not a checkpoint');
    await runFolds(dir, experiment);
    const before = logOf(dir, 'split-0');
    expect(readFold(dir, experiment.run.folds[0]).failed?.message).toContain(checkpoint);
    rmSync(checkpoint);

    const left = await runFolds(dir, await reopenExperiment(dir), { onFailed: () => expect.unreachable() });
    expect(left.failed).toMatchObject([{ fold: 'split-0', earlier: true }]);
    expect(left.failed[0].message).toContain(checkpoint);
    expect([...left.finished].sort()).toEqual(['split-1', 'split-2']);
    expect(logOf(dir, 'split-0')).toBe(before);

    const again = await runFolds(dir, experiment, { retry: true });
    expect(again).toMatchObject({ failed: [], stopped: false });
    expect(readRun(dir).folds.map(({ finished, failed }) => [finished, failed])).toEqual(
      Array(3).fill([true, null]),
    );
  });

  it('with a damaged log is reported and does not stop the others', async () => {
    const { dir, experiment } = await begin();
    const { log } = foldFiles(dir, 'split-1');
    await runFolds(dir, { ...experiment, folds: experiment.folds.slice(1, 2) });
    const lines = logOf(dir, 'split-1').split('\n');
    writeFileSync(log, [lines[0], 'garbage', ...lines.slice(1)].join('\n'));
    const damaged = readFileSync(log, 'utf8');
    const outcome = await runFolds(dir, experiment);
    expect([...outcome.finished].sort()).toEqual(['split-0', 'split-2']);
    expect(outcome.failed).toMatchObject([{ fold: 'split-1', message: `${log}: line 2 is not JSON` }]);
    expect(readFileSync(log, 'utf8')).toBe(damaged);
  });

  it('because the options are rejected is not recorded as a failure, since another call may succeed', async () => {
    const { dir, experiment } = await begin();
    const one = { ...experiment, folds: experiment.folds.slice(0, 1) };
    const controller = new AbortController();
    await runFolds(dir, one, {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'epoch' && event.epoch === 1) controller.abort();
      },
    });
    // A checkpoint of another build, with a run.json of this one, as after --allow-drift.
    const prefix = join(dir, 'folds', 'split-0');
    const { state, ...rest } = loadCheckpoint(prefix)!;
    saveCheckpoint(prefix, { ...rest, state: { ...state, build: 'another' } });
    const refused = await runFolds(dir, one);
    expect(refused.failed).toMatchObject([{ fold: 'split-0' }]);
    expect(refused.failed[0].hint).toContain('--allow-drift');
    expect(readRun(dir).folds[0].failed).toBeNull();
    expect(await runFolds(dir, one, { allowDrift: true })).toMatchObject({
      finished: ['split-0'],
      failed: [],
    });
  });

  it('by divergence is recorded in its log', async () => {
    const dir = join(root, 'diverged');
    const experiment = await prepareExperiment({
      ...SHAPES,
      selection: { folds: '0' },
      train: { ...SHAPES.train, learningRate: 1e30, clip: 0, warmup: 0 },
    });
    createRunDirectory(dir, experiment);
    await runFolds(dir, experiment);
    const { failed, finished } = readFold(dir, experiment.run.folds[0]);
    expect(failed?.message).toMatch(/^the loss is no longer a number .*: training diverged$/);
    expect(failed?.hint).toContain('--lr');
    expect(finished).toBe(false);
  });

  it('by a callback that throws: the error is rethrown to the caller once all workers have ended', async () => {
    const { dir, experiment } = await begin();
    const promise = runFolds(dir, experiment, {
      workers: 2,
      onEvent: () => {
        throw new Error('the display broke');
      },
    });
    await expect(promise).rejects.toThrow('the display broke');
    expect(readdirSync(join(dir, 'folds')).filter((name) => name.endsWith('.lock'))).toEqual([]);
    expect(readRun(dir).folds.every(({ failed }) => failed === null)).toBe(true);
    // Started folds can be resumed.
    expect(await runFolds(dir, experiment)).toMatchObject({ failed: [], stopped: false });
  });
});

/** Folders of single-colour images, each image with its own colour. */
async function writeImages(folder: string, classes: Record<string, number>): Promise<void> {
  let n = 0;
  for (const [label, count] of Object.entries(classes)) {
    mkdirSync(join(folder, label), { recursive: true });
    for (let i = 0; i < count; i++, n++) {
      const background = { r: n & 255, g: (n * 7) & 255, b: 90 };
      const image = sharp({ create: { width: 16, height: 16, channels: 3, background } });
      await image.toFile(join(folder, label, `${i}.png`));
    }
  }
}

describe('a batch larger than the data', () => {
  it('of the preset is replaced by a smaller one, equal in all shards', async () => {
    const folder = join(root, 'few');
    await writeImages(folder, { red_circle: 12, blue_square: 30, green_star: 21 });
    const options = { ...SHAPES, data: folder, protocol: 'loo', size: 16, train: {} };
    const all = await prepareExperiment(options);
    // A fifth are test images, so 10 + 24 + 17 are left for training; the smallest fold holds out the 24.
    expect(all.smallerBatch).toEqual({ batch: 4, preset: 128, images: 27, fold: 'blue_square' });
    expect([all.config.batch, all.run.config.batch]).toEqual([4, 4]);
    const shard = await prepareExperiment({ ...options, selection: { shard: '1/3' } });
    expect(shard.config.batch).toBe(4);
    const fits = await prepareExperiment({ ...options, train: { batch: 27 } });
    expect(fits).toMatchObject({ config: { batch: 27 } });
    expect(fits.smallerBatch).toBeUndefined();
    await expect(prepareExperiment({ ...options, train: { batch: 28 } })).rejects.toThrow(
      '--batch 28: fold blue_square has only 27 training images',
    );
  });
});

describe('beginOrJoin', () => {
  const options = (dir: string, changes: object) => ({
    ...SHAPES,
    epochs: 1,
    train: { limit: 64, batch: 32 },
    command: `test --out ${dir}`,
    ...changes,
  });
  const shard = (dir: string, which: string, changes = {}) =>
    prepareExperiment(options(dir, { selection: { shard: which }, ...changes }));

  it('combines shards in one directory, also if they run at the same time', async () => {
    const dir = join(root, 'shards');
    const two = await beginOrJoin(dir, await shard(dir, '2/2'));
    expect(two.before).toBe(0);
    const one = await beginOrJoin(dir, await shard(dir, '1/2'));
    expect(one.before).toBe(1);
    expect(readRun(dir).run).toMatchObject({
      folds: [{ id: 'split-0' }, { id: 'split-1' }, { id: 'split-2' }],
      joined: [{ folds: ['split-0', 'split-2'] }],
    });
    const outcomes = await Promise.all([two, one].map(({ experiment }) => runFolds(dir, experiment)));
    expect(outcomes.map(({ finished }) => [...finished].sort())).toEqual([
      ['split-1'],
      ['split-0', 'split-2'],
    ]);
    expect(readRun(dir).folds.every(({ finished }) => finished)).toBe(true);
    expect(
      readdirSync(dir)
        .concat(readdirSync(join(dir, 'folds')))
        .filter((name) => name.includes('lock')),
    ).toEqual([]);
    // The command for all folds then has nothing left to train.
    const whole = await beginOrJoin(dir, await shard(dir, '1/1'));
    expect(whole.before).toBe(3);
    await runFolds(dir, whole.experiment, { onEvent: () => expect.unreachable() });
  });

  it('rejects other settings, and folds that another process trains', async () => {
    const dir = join(root, 'mixed');
    const { experiment } = await beginOrJoin(dir, await shard(dir, '1/3'));
    const refused = (changes: object) => shard(dir, '2/3', changes).then((other) => beginOrJoin(dir, other));
    await expect(refused({ epochs: 2 })).rejects.toThrow('a run with another epochs (1) than this one (2)');
    await expect(refused({ seed: 6 })).rejects.toThrow('a run with another seed (5) than this one (6)');
    await expect(refused({ aliases: { red: 'amethysts' } })).rejects.toThrow(
      'a run with another word for a label',
    );
    const there = readRun(dir).run;
    const rewritten = async (changes: Partial<RunFile>, expected: string, allowDrift = false) => {
      writeRunFile(dir, { ...there, ...changes });
      const other = await shard(dir, '2/3');
      await expect(beginOrJoin(dir, other, { allowDrift })).rejects.toThrow(expected);
      writeRunFile(dir, there);
    };
    await rewritten(
      { normalisation: 'data set' },
      'a run with another normalisation ("data set") than this one ("fold")',
      true,
    );
    const { dataset } = there;
    await rewritten(
      { dataset: { ...dataset, orderedHash: '0' } },
      'a run with another order of the images ("0")',
      true,
    );
    await rewritten({ build: 'other' }, `was begun on build other of the ${there.backend} kernels`);
    expect(readRun(dir).run.folds.length).toBe(1);

    const { host, pid } = { host: 'another-machine', pid: 12 };
    const lock = { host, pid, began: null, since: '2026-01-01' };
    writeFileSync(foldFiles(dir, 'split-0').lock, `${JSON.stringify(lock)}\n`);
    await expect(runFolds(dir, experiment)).rejects.toThrow(
      `fold split-0 of ${dir} is locked by process 12 on another-machine`,
    );
  });
});

describe('reopenExperiment', () => {
  it('rejects another backend without allowDrift', async () => {
    const { dir, experiment } = await begin();
    const file = join(dir, 'run.json');
    const run = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...run, isa: 'abacus' }));
    await expect(reopenExperiment(dir)).rejects.toThrow(
      `was begun on ${run.backend} (abacus), and this is ${run.backend} (${run.isa})`,
    );
    const reopened = await reopenExperiment(dir, { allowDrift: true });
    expect(reopened.config).toEqual(experiment.config);
    expect(reopened.network).toEqual(experiment.network);
  });

  it('rejects another build of the kernels without allowDrift, and always another order or format version', async () => {
    const { dir } = await begin();
    const { run } = readRun(dir);
    const refused = async (changes: Partial<RunFile>, expected: string, allowDrift: boolean) => {
      writeRunFile(dir, { ...run, ...changes });
      await expect(reopenExperiment(dir, { allowDrift })).rejects.toThrow(expected);
    };
    await refused({ build: 'other' }, `was begun on build other of the ${run.backend} kernels`, false);
    await refused({ build: undefined }, 'was begun on an unrecorded build', false);
    const dataset = { ...run.dataset, orderedHash: 'other' };
    await refused({ dataset }, `the images that ${dir} was begun with, but in another order`, true);
    await refused({ version: 1 }, `was begun by an earlier version (lexel ${run.lexel})`, true);
    writeRunFile(dir, { ...run, build: 'other' });
    const drifted = await reopenExperiment(dir, { allowDrift: true });
    expect(drifted.run.build).toBe('other');
    expect(drifted.engine.build).toBe(run.build);
  });

  it('accepts any engine if all folds are finished', async () => {
    const { dir, experiment } = await begin();
    await runFolds(dir, experiment);
    const { run } = readRun(dir);
    writeRunFile(dir, { ...run, build: undefined, version: 1 });
    const reopened = await reopenExperiment(dir);
    const outcome = await runFolds(dir, reopened, { onEvent: () => expect.unreachable() });
    expect(outcome).toMatchObject({ failed: [], stopped: false });
    expect(outcome.finished.length).toBe(3);
  });

  it('rejects other images', async () => {
    const { dir } = await begin();
    const file = join(dir, 'run.json');
    const run = JSON.parse(readFileSync(file, 'utf8'));
    run.dataset.hash = 'another';
    writeFileSync(file, JSON.stringify(run));
    await expect(reopenExperiment(dir)).rejects.toThrow('these are not the images');
  });
});

describe('a control', () => {
  it('stores its target vectors and the original ones, and joins only runs with the same control', async () => {
    const real = await prepared;
    const permuted = await prepareExperiment({ ...SHAPES, control: 'permuted' });
    const dir = join(root, 'control');
    createRunDirectory(dir, permuted);
    const { run, targets } = readRun(dir);
    expect(run.control).toBe('permuted');
    expect(targets).not.toEqual(real.vectors);
    expect(readNpy(join(dir, 'words.npy')).data).toEqual(real.vectors);
    const again = await reopenExperiment(dir);
    expect(again.vectors).toEqual(permuted.vectors);
    expect((await beginOrJoin(dir, permuted)).before).toBe(3);
    await expect(beginOrJoin(dir, real)).rejects.toThrow(
      'already holds a run with another control ("permuted") than this one ("none")',
    );
  });

  it('one-hot: a classifier whose stored outputs and model are mapped to the word space', async () => {
    const experiment = await prepareExperiment({
      ...SHAPES,
      control: 'one-hot',
      selection: { folds: '0' },
    });
    const dir = join(root, 'one-hot');
    createRunDirectory(dir, experiment);
    expect(experiment.network.outputs).toBe(60);
    const outcome = await runFolds(dir, experiment, { workers: 1 });
    expect(outcome.failed).toEqual([]);
    const { run, dimension, folds } = loadRun(dir);
    expect(run.run).toMatchObject({ control: 'one-hot', config: { loss: 'softmax' } });
    const files = foldFiles(dir, 'split-0');
    const kept = readFoldOutputs(files.outputs);
    expect(kept.dimension).toBe(60);
    const [fold] = folds;
    const [held] = answersOf(fold).heldOut;
    expect(held.last.length).toBe(held.images * dimension);
    expect(answersOf(fold).seenMeans.length).toBe(40 * dimension);
    const model = loadModel(files.model);
    expect(model.vectors).toEqual(experiment.vectors);
    const row = [...kept.heldOut.labels].indexOf(fold.heldOut[0].index);
    const answer = modelAnswers(model, kept.heldOut.last.slice(row * 60, (row + 1) * 60));
    expect(answer).toEqual(held.last.slice(0, dimension));
    await expect(prepareExperiment({ ...SHAPES, control: 'one-hot', recipe: 'unit' })).rejects.toThrow(
      '--control one-hot trains a classifier',
    );
  });
});
