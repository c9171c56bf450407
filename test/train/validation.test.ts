/** Validation, early stopping and the best epoch. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { splitValidation, trainingIndices } from '../../src/data/index.js';
import type { Dataset } from '../../src/data/types.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint-file.js';
import { foldImages } from '../../src/train/images.js';
import {
  epochsText,
  type FoldEvent,
  keptEpoch,
  pickTrainConfig,
  type TrainConfig,
  trainFold,
} from '../../src/train/index.js';
import { identify } from '../../src/train/resume.js';
import { betterEpoch, patienceEnds } from '../../src/train/validation.js';
import { deriveKey } from '../../src/util/random.js';
import { type Finished, finish, TINY_CONFIG, tinyOptions, tinyWorld } from './tiny.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-validation-'));
afterAll(() => rmSync(dir, { recursive: true }));

const world = tinyWorld();

/** With this learning rate the validation loss is lowest after epoch 6 of 12, and epoch 2 is worse than epoch 1. */
const UNEVEN = { epochs: 12, learningRate: 0.1, validationShare: 0.25 };

const run = (changes: Partial<TrainConfig>, dataset: Dataset = world) =>
  finish(tinyOptions(dataset, { ...UNEVEN, ...changes }));

const lossesOf = (events: readonly FoldEvent[]) =>
  events.flatMap((event) => (event.type === 'epoch' ? [event.validation!.loss] : []));

/** All results of a run, as bytes. */
function bits({ outputs, weights, familiarity }: Finished): unknown {
  const { heldOut, seen, seenImages, features } = outputs;
  const tensors = [...weights].map(([name, { data }]) => [name, Buffer.from(data.buffer).toString('hex')]);
  return { heldOut, seen, seenImages, features, tensors, familiarity };
}

const weightsOf = ({ weights }: Finished) => Object.fromEntries(weights);

describe('the choice of the epoch', () => {
  it('takes the earlier of equal epochs, and stops after `patience` others', () => {
    expect(betterEpoch(undefined, 1, 0.5)).toEqual({ epoch: 1, loss: 0.5 });
    const best = { epoch: 3, loss: 0.5 };
    expect(betterEpoch(best, 4, 0.5)).toBe(best);
    expect(betterEpoch(best, 4, 0.49)).toEqual({ epoch: 4, loss: 0.49 });
    expect([3, 4, 5, 6].map((epoch) => patienceEnds(best, epoch, 2))).toEqual([false, false, true, true]);
    expect(patienceEnds(best, 99, undefined)).toBe(false);
    expect(patienceEnds(undefined, 0, 1)).toBe(false);
  });

  it('is told by the end line and the settings', () => {
    const end = { epochs: 9, bestEpoch: 6 };
    expect(keptEpoch({ keepBest: true }, end)).toBe(6);
    expect(keptEpoch({}, end)).toBe(9);
    expect(keptEpoch({}, { epochs: 9 })).toBe(9);
    expect([epochsText({ epochs: 1 }), epochsText({ epochs: 25, patience: 3 })]).toEqual([
      '1 epoch',
      'at most 25 epochs',
    ]);
  });

  it('needs a share of validation images, between 0 and a half', () => {
    expect(() => pickTrainConfig({ ...TINY_CONFIG, patience: 3 })).toThrow('need a validationShare');
    expect(() => pickTrainConfig({ ...TINY_CONFIG, validationShare: 0.6 })).toThrow('validationShare');
    expect(() => pickTrainConfig({ ...TINY_CONFIG, validationShare: 0.1, patience: 0 })).toThrow('patience');
  });
});

describe('a run without validation', () => {
  it('has the same settings, checkpoints and log as before there was validation', async () => {
    const options = tinyOptions(world);
    expect(Object.keys(pickTrainConfig(options.config))).toEqual(Object.keys(TINY_CONFIG));
    // Computed before there was validation: the checkpoints of earlier versions can be resumed.
    expect(identify(options, foldImages(options).normalisation)).toBe(
      '0b9b14966c2e998d8ff3db5bff085da1de4355dfba31d5bbe1134be8545ffb31',
    );
    const checkpoint = join(dir, 'plain');
    const { result, events } = await finish({ ...options, checkpoint });
    expect(JSON.stringify([events, result.end])).not.toMatch(/validation|best/i);
    expect(Object.keys(loadCheckpoint(checkpoint)!.state)).not.toContain('best');
  });
});

describe('validation', () => {
  it('measures images of seen classes that are not trained on, after each epoch', async () => {
    const { events, result } = await run({});
    const [start] = events;
    expect(start).toMatchObject({ trainImages: 54, validation: { images: 18, droppedDuplicates: 0 } });
    const losses = lossesOf(events);
    expect(losses).toHaveLength(13);
    expect(losses[6]).toBe(Math.min(...losses));
    expect(result.end).toMatchObject({ epochs: 12, bestEpoch: 6 });
    const last = events.at(-1);
    if (last?.type !== 'epoch') throw new Error('not an epoch');
    const { hit1, hit5 } = last.validation!;
    expect(hit5).toBeGreaterThanOrEqual(hit1!);
    expect(hit5).toBeGreaterThan(0.3);
  });

  it('lets no validation image and no image of a held-out class into training', async () => {
    const seen = [0, 1, 3, 4, 6, 7];
    const { indices } = trainingIndices(world, [2, 5]);
    const { validation } = splitValidation(world, indices, seen, 0.25, deriveKey(11, 'validation', 'two'));
    expect([...validation].every((i) => seen.includes(world.train.labels[i]))).toBe(true);
    const pixels = world.train.pixels.slice();
    const bytes = world.train.size ** 2 * 3;
    for (const i of validation) for (let b = 0; b < bytes; b++) pixels[i * bytes + b] ^= 0xff;
    const changed = { ...world, train: { ...world.train, pixels } };
    const [plain, inverted] = [await run({}), await run({}, changed)];
    expect(bits(inverted.result)).toEqual(bits(plain.result));
    expect(lossesOf(inverted.events)).not.toEqual(lossesOf(plain.events));
  });

  it('is drawn from the images of --limit', () => {
    const options = tinyOptions(world, { limit: 48, validationShare: 0.25 });
    const { indices, validation } = foldImages(options);
    expect([indices.length, validation?.indices.length]).toEqual([36, 12]);
    expect(() => foldImages(tinyOptions(world, { limit: 18, validationShare: 0.25 }))).toThrow(
      'fold two: 12 training images, without 6 for validation, are fewer than one batch of 16',
    );
    expect(() => foldImages(tinyOptions(world, { limit: 6, validationShare: 0.25 }))).toThrow(
      'has only 1 training image',
    );
  });
});

describe('early stopping and the best epoch', () => {
  it('stops after the patience, with the bits of the whole run until then', async () => {
    const whole = await run({});
    const stopped = await run({ patience: 2 });
    expect(lossesOf(stopped.events)).toEqual(lossesOf(whole.events).slice(0, 9));
    expect(stopped.result.end).toMatchObject({ epochs: 8, bestEpoch: 6 });
    expect((await run({ patience: 1 })).result.end).toMatchObject({ epochs: 2, bestEpoch: 1 });
    expect((await run({ patience: 99 })).result).toMatchObject({ end: { epochs: 12 } });
  });

  it('keeps the weights of the best epoch, and measures with them', async () => {
    const kept = await run({ keepBest: true });
    const last = await run({});
    expect(kept.result.end).toMatchObject({ epochs: 12, bestEpoch: 6 });
    expect(lossesOf(kept.events)).toEqual(lossesOf(last.events));
    expect(weightsOf(kept.result)).not.toEqual(weightsOf(last.result));
    const stopped = await run({ keepBest: true, patience: 2 });
    expect(bits(stopped.result)).toEqual(bits(kept.result));
    // The stored outputs are those of the best epoch in the log.
    const best = kept.events.find((event) => event.type === 'epoch' && event.epoch === 6);
    if (best?.type !== 'epoch') throw new Error('no epoch 6');
    const { last: outputs, labels } = kept.result.outputs.heldOut;
    const { targets } = kept.result.space;
    const d = kept.result.outputs.dimension;
    for (const { class: c, loss } of best.classes) {
      const errors = [...labels].flatMap((label, i) =>
        label === c
          ? Array.from({ length: d }, (_, j) => (outputs[i * d + j] - targets[c * d + j]) ** 2)
          : [],
      );
      expect(errors.reduce((a, b) => a + b) / errors.length).toBeCloseTo(loss!, 6);
    }
  });

  it('keeps the averaged weights with ema, after a resume too', async () => {
    const options = tinyOptions(world, { ...UNEVEN, keepBest: true, ema: 0.5 });
    const kept = await finish(options);
    expect(kept.result.end.bestEpoch).toBeLessThan(12);
    expect(weightsOf(kept.result)).not.toEqual(weightsOf((await run({ ema: 0.5 })).result));
    const checkpoint = join(dir, 'averaged');
    let steps = 0;
    const onStep = () => {
      steps++;
    };
    await trainFold({ ...options, checkpoint, onStep, stop: () => steps >= 35 });
    expect(loadCheckpoint(checkpoint)!.best).not.toBeNull();
    expect(bits((await finish({ ...options, checkpoint })).result)).toEqual(bits(kept.result));
  });

  // Three steps an epoch: within epoch 2 (epoch 1 was best), within the best epoch 6, before and in epoch 7, within
  // epoch 8, and after epoch 8, when the patience has ended and the features are computed.
  it.each([4, 17, 18, 20, 23, 24])(
    'gives the same bits if it is stopped after step %i and resumed',
    async (stopAfter) => {
      const options = tinyOptions(world, { ...UNEVEN, patience: 2, keepBest: true });
      const straight = await finish(options);
      expect(straight.result.end).toMatchObject({ epochs: 8, bestEpoch: 6 });
      const checkpoint = join(dir, `stop-${stopAfter}`);
      let steps = 0;
      const first = await trainFold({
        ...options,
        checkpoint,
        onStep: () => {
          steps++;
        },
        stop: () => steps >= stopAfter,
      });
      const epoch = Math.floor(stopAfter / 3);
      expect(first).toEqual({ status: 'stopped', epoch });
      // The weights of the best epoch are only stored apart once there was a later epoch.
      const stored = loadCheckpoint(checkpoint)!;
      expect(stored.state.best?.epoch).toBe(epoch < 3 ? 1 : Math.min(epoch, 6));
      expect(stored.best !== null).toBe(epoch > 6 || epoch === 2);
      const resumed = await finish({ ...options, checkpoint });
      expect(resumed.events[0]).toMatchObject({ type: 'resume', epoch });
      expect(bits(resumed.result)).toEqual(bits(straight.result));
      expect(resumed.result.end).toMatchObject({ epochs: 8, bestEpoch: 6 });
    },
  );

  it('refuses a checkpoint of other settings, and one that lacks the weights of its best epoch', async () => {
    const options = tinyOptions(world, { ...UNEVEN, patience: 2, keepBest: true });
    const checkpoint = join(dir, 'refused');
    let steps = 0;
    const onStep = () => {
      steps++;
    };
    await trainFold({ ...options, checkpoint, onStep, stop: () => steps >= 22 });
    for (const changes of [{ patience: 3 }, { validationShare: 0.2 }, { keepBest: undefined }])
      await expect(
        trainFold({ ...options, config: { ...options.config, ...changes }, checkpoint }),
      ).rejects.toThrow('its checkpoint belongs to a run with');
    const intact = loadCheckpoint(checkpoint)!;
    rmSync(`${checkpoint}.checkpoint.previous.safetensors`);
    saveCheckpoint(checkpoint, { ...intact, best: null });
    rmSync(`${checkpoint}.checkpoint.previous.safetensors`);
    await expect(trainFold({ ...options, checkpoint })).rejects.toThrow(
      'the weights of its best epoch lack stem.conv.weight',
    );
    saveCheckpoint(checkpoint, { ...intact, state: { ...intact.state, best: undefined }, best: null });
    rmSync(`${checkpoint}.checkpoint.previous.safetensors`);
    await expect(trainFold({ ...options, checkpoint })).rejects.toThrow('lacks a best epoch');
  });
});
