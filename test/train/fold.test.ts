import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LOG_SCALE } from '../../src/engine/index.js';
import type { CheckpointState } from '../../src/train/checkpoint.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint-file.js';
import {
  type ControlName,
  type FoldEvent,
  type FoldOptions,
  headsOf,
  type RecipeName,
  recipeLoss,
  type TrainConfig,
  trainFold,
  widthOf,
} from '../../src/train/index.js';
import {
  DIMENSION,
  type Finished,
  finish,
  TINY_NETWORK,
  tinyOptions,
  tinyVectors,
  tinyWorld,
} from './tiny.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-fold-'));
afterAll(() => rmSync(dir, { recursive: true }));

const world = tinyWorld();

/** All results of a run, as bytes. */
function bits({ outputs, weights }: Finished): unknown {
  const { heldOut, seen, seenImages } = outputs;
  const tensors = [...weights].map(([name, { data }]) => [name, Buffer.from(data.buffer).toString('hex')]);
  return { heldOut, seen, seenImages, tensors };
}

describe('trainFold', () => {
  it('emits a start and epochs from 0 on, and returns outputs that agree with them', async () => {
    const { result, events } = await finish(tinyOptions(world));
    expect(events.map((event) => event.type)).toEqual(['start', 'epoch', 'epoch', 'epoch', 'epoch']);
    const [start] = events;
    expect(start).toMatchObject({ heldOut: [2, 5], trainImages: 6 * 12, droppedDuplicates: 0, steps: 3 * 4 });
    const { heldOut, seen, seenImages, dimension: d } = result.outputs;
    expect([...new Set(heldOut.labels)].sort()).toEqual([2, 5]);
    expect([...heldOut.ids].every((id, i) => world.test.labels[id] === heldOut.labels[i])).toBe(true);
    expect([...seen.classes]).toEqual([0, 1, 3, 4, 6, 7]);
    expect(seenImages?.ids.length).toBe(24);

    const vectors = tinyVectors(8);
    const loss = (outputs: Float32Array, label: number) => {
      const rows = [...heldOut.labels.keys()].filter((i) => heldOut.labels[i] === label);
      const errors = rows.flatMap((i) =>
        Array.from({ length: d }, (_, j) => (outputs[i * d + j] - vectors[label * d + j]) ** 2),
      );
      return errors.reduce((a, b) => a + b) / errors.length;
    };
    for (const [epoch, outputs] of [
      [0, heldOut.epoch0],
      [1, heldOut.epoch1],
      [3, heldOut.last],
    ] as const) {
      const event = events[epoch + 1];
      if (event.type !== 'epoch') throw new Error('not an epoch');
      expect(event.epoch).toBe(epoch);
      expect(event.classes.map((c) => c.class)).toEqual([2, 5]);
      for (const { class: c, loss: told } of event.classes) expect(told).toBeCloseTo(loss(outputs, c), 6);
      expect(event.heldOut?.loss).toBeCloseTo((loss(outputs, 2) + loss(outputs, 5)) / 2, 6);
    }
    // A seen class's mean output is the mean of its images' outputs.
    const rows = [...seenImages!.labels.keys()].filter((i) => seenImages!.labels[i] === 3);
    const mean = rows.reduce((sum, i) => sum + seenImages!.outputs[i * d], 0) / rows.length;
    expect(seen.means[2 * d]).toBeCloseTo(mean, 5);
  });

  it('evaluates the untrained network, with averaged weights too', async () => {
    const untrained = async (ema: number) =>
      (await finish(tinyOptions(world, { epochs: 1, ema }))).result.outputs.heldOut.epoch0;
    expect(await untrained(0.9)).toEqual(await untrained(0));
  });

  it('fits the training images', async () => {
    const { events } = await finish(tinyOptions(world, { epochs: 25 }));
    const losses = events.flatMap((e) => (e.type === 'epoch' && e.trainLoss !== null ? [e.trainLoss] : []));
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]);
  });

  it.each([
    ['adamw', {}],
    [
      'sgd with averaged weights and CutMix',
      {
        optimizer: 'sgd',
        ema: 0.9,
        augment: { crop: 1, flip: true, cutout: 4, cutmix: 1 },
        balanced: true,
      } as const,
    ],
  ])('gives the same bits if it is stopped and resumed: %s', async (_, changes) => {
    const options = tinyOptions(world, changes);
    const straight = bits((await finish(options)).result);
    // Before the end of the first epoch, within the second, and after the last step of the second.
    for (const stopAfter of [2, 5, 8]) {
      const checkpoint = join(dir, `stop-${stopAfter}-${options.config.optimizer}`);
      let steps = 0;
      const first = await trainFold({
        ...options,
        checkpoint,
        onStep: () => {
          steps++;
        },
        stop: () => steps >= stopAfter,
      });
      expect(first).toEqual({ status: 'stopped', epoch: Math.floor(stopAfter / 4) });
      expect(existsSync(`${checkpoint}.checkpoint.safetensors`)).toBe(stopAfter >= 4);
      const { result, events } = await finish({ ...options, checkpoint });
      expect(events[0]).toMatchObject(
        stopAfter >= 4 ? { type: 'resume', epoch: Math.floor(stopAfter / 4) } : { type: 'start' },
      );
      expect(bits(result)).toEqual(straight);
    }
  });

  it.each<[RecipeName, Partial<TrainConfig>, ControlName | undefined]>([
    ['softmax', {}, undefined],
    ['unit', {}, undefined],
    ['whitened', {}, undefined],
    ['centred', { loss: 'ranking', ranking: 0.2 }, undefined],
    ['poster', { loss: 'softmax', ema: 0.9 }, 'one-hot'],
    ['poster', {}, 'frozen'],
    ['joint', { labelWeight: 0.5, ema: 0.9 }, undefined],
    ['joint', { labelWeight: 0.5 }, 'frozen'],
  ])('learns, and a resume gives the same bits: %s %j %s', async (recipe, loss, control) => {
    const own = { loss: recipeLoss(recipe), augment: { crop: 1, flip: true, cutout: 0, cutmix: 1 }, ...loss };
    const base = tinyOptions(world, { epochs: 12, ...own });
    const outputs = widthOf(headsOf(own.loss, DIMENSION, world.classes.length));
    const layers = TINY_NETWORK.layers.map((layer) =>
      layer.type === 'linear' ? { ...layer, out: outputs } : layer,
    );
    const options = { ...base, recipe, control, network: { ...TINY_NETWORK, outputs, layers } };
    const straight = await finish(options);
    const losses = straight.events.flatMap((e) =>
      e.type === 'epoch' && e.trainLoss !== null ? [e.trainLoss] : [],
    );
    expect(losses.at(-1)).toBeLessThan(losses[0]);
    expect(straight.result.weights.has(LOG_SCALE)).toBe(recipe === 'softmax');
    const checkpoint = join(dir, `resumed-${recipe}-${own.loss}-${control}`);
    let steps = 0;
    await trainFold({ ...options, checkpoint, onStep: () => steps++, stop: () => steps >= 10 });
    const resumed = await finish({ ...options, checkpoint });
    expect(resumed.events[0].type).toBe('resume');
    expect(bits(resumed.result)).toEqual(bits(straight.result));
  });

  it('excludes pauses of the process from the seconds of training', async () => {
    let clock = 0;
    const options = tinyOptions(world, { epochs: 1 });
    const { events } = await finish({ ...options, pausedMilliseconds: () => clock });
    const { events: paused } = await finish({
      ...options,
      pausedMilliseconds: () => clock,
      // An hour passes during the first step.
      onStep: () => {
        clock = 3_600_000;
      },
    });
    const seconds = (list: FoldEvent[]) => list.flatMap((e) => (e.type === 'epoch' ? [e.seconds] : []))[1];
    expect(seconds(events)).toBeGreaterThan(0);
    expect(seconds(paused)).toBe(0);
  });

  it('uses other random numbers for another seed or another held-out group', async () => {
    const base = tinyOptions(world, { epochs: 1 });
    const first = async (options: FoldOptions) => (await finish(options)).result.outputs.seen.means[0];
    const value = await first(base);
    expect(await first(base)).toBe(value);
    expect(await first({ ...base, seed: 12 })).not.toBe(value);
    expect(await first({ ...base, fold: { id: 'other', heldOut: [2, 5] } })).not.toBe(value);
  });

  it('rejects a checkpoint of other settings, and a damaged one', async () => {
    const checkpoint = join(dir, 'refused');
    await finish({ ...tinyOptions(world, { epochs: 1 }), checkpoint });
    await expect(trainFold({ ...tinyOptions(world, { epochs: 2 }), checkpoint })).rejects.toThrow(
      'fold two: its checkpoint belongs to a run with other settings, data or words',
    );
    writeFileSync(`${checkpoint}.checkpoint.safetensors`, 'nonsense');
    await expect(trainFold({ ...tinyOptions(world), checkpoint })).rejects.toThrow('checkpoint.safetensors');
  });

  it('rejects a checkpoint with another order of the images, another normalisation or build', async () => {
    const checkpoint = join(dir, 'mixture');
    await finish({ ...tinyOptions(world, { epochs: 1 }), checkpoint });
    const again = (dataset = world, more: Partial<FoldOptions> = {}) =>
      trainFold({ ...tinyOptions(dataset, { epochs: 1 }), ...more, checkpoint });
    // The same images, with two of them swapped.
    const shuffled = tinyWorld();
    const bytes = 16 * 16 * 3;
    const first = shuffled.train.pixels.slice(0, bytes);
    shuffled.train.pixels.copyWithin(0, bytes, 2 * bytes);
    shuffled.train.pixels.set(first, bytes);
    expect(shuffled.train.labels[0]).toBe(shuffled.train.labels[1]);
    await expect(again(shuffled)).rejects.toThrow(
      'fold two: its checkpoint belongs to a run with the same images in another order',
    );
    const edit = (change: (state: CheckpointState) => object) => {
      const { state, ...rest } = loadCheckpoint(checkpoint)!;
      saveCheckpoint(checkpoint, { ...rest, state: { ...state, ...change(state) } as CheckpointState });
    };
    edit(() => ({ build: 'another' }));
    await expect(again()).rejects.toThrow(/fold two: it was trained on build another of the .* kernels/);
    expect(await again(world, { allowDrift: true })).toMatchObject({ status: 'finished' });
    edit(() => ({ build: undefined }));
    await expect(again()).rejects.toThrow('it was trained on an unrecorded build of the');
    // In the form that an earlier version wrote.
    edit(() => ({ normalisation: undefined, dataset: undefined, identity: 'of then' }));
    await expect(again()).rejects.toThrow(
      'its checkpoint belongs to a run with the normalisation of the whole data set (an earlier version of Lexel)',
    );
  });

  it('rejects a checkpoint with averaged weights but without averaged running statistics', async () => {
    const checkpoint = join(dir, 'weights-alone');
    const options = { ...tinyOptions(world, { epochs: 1, ema: 0.9 }), checkpoint };
    await finish(options);
    const found = loadCheckpoint(checkpoint)!;
    // In the form that earlier versions wrote.
    const names = [...found.trainer.keys()].filter((name) => /^optimizer\.average\..*running/.test(name));
    expect(names).toHaveLength(4);
    for (const name of names) found.trainer.delete(name);
    rmSync(found.file);
    saveCheckpoint(checkpoint, found);
    await expect(trainFold(options)).rejects.toMatchObject({
      name: 'FormatError',
      message:
        `${found.file}: weights: optimizer.average.stem.norm.running_mean is missing: ` +
        'an earlier version of Lexel, which averaged only the weights, wrote this state: ' +
        'start a new run, or continue with that version',
    });
  });

  it('rejects fewer images than one batch', async () => {
    await expect(trainFold(tinyOptions(world, { limit: 10 }))).rejects.toThrow(
      'fold two: 10 training images are fewer than one batch of 16',
    );
  });

  it('reports the step at which training diverged', async () => {
    const options = tinyOptions(world, { optimizer: 'sgd', learningRate: 1e25, clip: 0, warmup: 0 });
    await expect(trainFold(options)).rejects.toThrow(
      /fold two: the loss is no longer a number at epoch 1, step \d/,
    );
  });

  it('trains on all classes if none is held out', async () => {
    const options = { ...tinyOptions(world, { epochs: 1 }), fold: { id: 'all', heldOut: [] } };
    const { result, events } = await finish(options);
    expect(events[0]).toMatchObject({ trainImages: 96 });
    expect(result.outputs.heldOut.ids.length).toBe(0);
    expect(result.outputs.seen.classes.length).toBe(8);
  });
});
