import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadRun } from '../../src/analysis/load.js';
import {
  beginOrJoin,
  createRunDirectory,
  type Experiment,
  foldFiles,
  type Progress,
  prepareExperiment,
  readFoldOutputs,
  readRun,
  reopenExperiment,
  runFolds,
} from '../../src/crossval/index.js';
import { readNpy } from '../../src/formats/index.js';
import { loadModel, modelAnswers } from '../../src/train/index.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-run-'));
afterAll(() => rmSync(root, { recursive: true }));

let runs = 0;
const shapes = {
  data: 'shapes',
  words: 'shapes',
  net: 'lite',
  width: 0.25,
  recipe: 'poster',
  preset: 'adamw',
  protocol: 'holdout:20',
  seed: 5,
  epochs: 2,
  train: { limit: 128, batch: 32 },
  command: 'test',
};

/** Drawing the world is most of a test's time: all share one. */
const prepared = prepareExperiment(shapes);

/** A run directory of its own with three folds of the shapes world; each trains 128 images for two epochs. */
async function begin(): Promise<{ dir: string; experiment: Experiment }> {
  const dir = join(root, `run-${runs++}`);
  const experiment = await prepared;
  createRunDirectory(dir, experiment);
  return { dir, experiment };
}

const outputs = (dir: string, fold: string) => readFileSync(foldFiles(dir, fold).outputs);

describe('runFolds', () => {
  it('trains every fold once and leaves a run that reads back', async () => {
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

    // Nothing is trained twice.
    const again = await runFolds(dir, experiment, { onEvent: () => expect.unreachable() });
    expect(again.finished.length).toBe(3);
    expect(() => createRunDirectory(dir, experiment)).toThrow('already holds a run');
  });

  it('stops at a signal, and goes on to the same bits with any number of workers', async () => {
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

  it('names a fold that fails and finishes the others', async () => {
    const { dir, experiment } = await begin();
    writeFileSync(foldFiles(dir, 'split-0').checkpoint, 'not a checkpoint');
    const outcome = await runFolds(dir, experiment, { workers: 2 });
    expect(outcome.failed.map((failure) => failure.fold)).toEqual(['split-0']);
    expect(outcome.failed[0].message).toContain('split-0.checkpoint.safetensors');
    expect([...outcome.finished].sort()).toEqual(['split-1', 'split-2']);
  });
});

describe('beginOrJoin', () => {
  const options = (dir: string, changes: object) => ({
    data: 'shapes',
    words: 'shapes',
    net: 'lite',
    width: 0.25,
    recipe: 'poster',
    preset: 'adamw',
    protocol: 'holdout:20',
    seed: 5,
    epochs: 1,
    train: { limit: 64, batch: 32 },
    command: `test --out ${dir}`,
    ...changes,
  });
  const shard = (dir: string, which: string, changes = {}) =>
    prepareExperiment(options(dir, { selection: { shard: which }, ...changes }));

  it('brings shards together in one directory, also when they run at once', async () => {
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
    // The whole command is then done at once.
    const whole = await beginOrJoin(dir, await shard(dir, '1/1'));
    expect(whole.before).toBe(3);
    await runFolds(dir, whole.experiment, { onEvent: () => expect.unreachable() });
  });

  it('refuses what would train otherwise, and folds that another process trains', async () => {
    const dir = join(root, 'mixed');
    const { experiment } = await beginOrJoin(dir, await shard(dir, '1/3'));
    const refused = (changes: object) => shard(dir, '2/3', changes).then((other) => beginOrJoin(dir, other));
    await expect(refused({ epochs: 2 })).rejects.toThrow('a run with another epochs (1) than this one (2)');
    await expect(refused({ seed: 6 })).rejects.toThrow('a run with another seed (5) than this one (6)');
    await expect(refused({ aliases: { red: 'amethysts' } })).rejects.toThrow(
      'a run with another word for a label',
    );
    expect(readRun(dir).run.folds.length).toBe(1);

    const { host, pid } = { host: 'another-machine', pid: 12 };
    const lock = { host, pid, began: null, since: '2026-01-01' };
    writeFileSync(foldFiles(dir, 'split-0').lock, `${JSON.stringify(lock)}\n`);
    await expect(runFolds(dir, experiment)).rejects.toThrow(
      `fold split-0 of ${dir} is in the hands of process 12 on another-machine`,
    );
  });
});

describe('reopenExperiment', () => {
  it('refuses another backend without allowDrift', async () => {
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

  it('refuses other images', async () => {
    const { dir } = await begin();
    const file = join(dir, 'run.json');
    const run = JSON.parse(readFileSync(file, 'utf8'));
    run.dataset.hash = 'another';
    writeFileSync(file, JSON.stringify(run));
    await expect(reopenExperiment(dir)).rejects.toThrow('these are not the images');
  });
});

describe('a control', () => {
  it('keeps the vectors that it trains towards and the true ones, and joins only itself', async () => {
    const real = await prepared;
    const permuted = await prepareExperiment({ ...shapes, control: 'permuted' });
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

  it('one-hot: a classifier whose kept outputs and model answer in words', async () => {
    const experiment = await prepareExperiment({
      ...shapes,
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
    expect(fold.heldOut[0].last.length).toBe(fold.heldOut[0].images * dimension);
    expect(fold.seen.means.length).toBe(40 * dimension);
    const model = loadModel(files.model);
    expect(model.vectors).toEqual(experiment.vectors);
    const row = [...kept.heldOut.labels].indexOf(fold.heldOut[0].index);
    const answer = modelAnswers(model, kept.heldOut.last.slice(row * 60, (row + 1) * 60));
    expect(answer).toEqual(fold.heldOut[0].last.slice(0, dimension));
    await expect(prepareExperiment({ ...shapes, control: 'one-hot', recipe: 'unit' })).rejects.toThrow(
      '--control one-hot trains a classifier',
    );
  });
});
