/**
 * A trainer's guarantees apart from its numbers: bit-identical results for any thread count and after a
 * resume, and clear errors.
 */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AUGMENT, AUGMENT_FIELDS } from '../../src/data/augment-record.js';
import {
  createPredictor,
  createTrainer,
  type EngineOptions,
  type StateDict,
  usualOptimizer,
} from '../../src/engine/index.js';
import { bufferSpecs, buildNetwork, initialise, type Network } from '../../src/nn/index.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { VARIANTS, withVariant } from './backends.js';
import { ADAMW, PLAIN, relativeError } from './compare.js';
import { MEAN, STD } from './problems.js';

const ENGINE: EngineOptions = { mean: MEAN, std: STD };
const TRAINING = { ...ADAMW, weightDecay: 0.01, clip: 1, ema: 0.9 };
const NATIVE = VARIANTS.filter((v) => v.backend === 'native');

/** The input of step `t`, which depends only on `t`. */
function input(network: Network, batch: number, t: number) {
  const random = new Random(deriveKey(t, 'input'));
  return {
    pixels: Uint8Array.from({ length: batch * network.size ** 2 * 3 }, () => random.below(256)),
    augment: new Int32Array(batch * AUGMENT_FIELDS).map((_, i) =>
      i % AUGMENT_FIELDS === AUGMENT.flip ? random.below(2) : 0,
    ),
    targets: Float32Array.from({ length: batch * network.outputs }, () => random.normal()),
    learningRate: 0.01,
    dropoutKey: [t, 7] as const,
  };
}

/** Names, shapes and a hash of all bits. */
const bits = (state: StateDict) =>
  [...state].map(([name, { shape, data }]) => `${name} [${shape}] ${digest(data)}`);
const digest = (data: Float32Array) => createHash('sha256').update(data).digest('hex');

describe('threads', () => {
  const NETWORKS: [string, number, number][] = [
    ['micronet', 8, 37],
    ['efficientnet-b0', 8, 33],
    ['lite', 16, 70],
  ];
  for (const variant of VARIANTS) {
    it.each(NETWORKS)(`${variant.name}: %s is bit-identical on 1, 2 and 4`, (name, size, batch) =>
      withVariant(variant, async () => {
        const network = buildNetwork(name, { outputs: 20, size, width: 0.5 });
        const results = [];
        for (const threads of [1, 2, 4]) {
          const init = initialise(network, 3);
          const trainer = await createTrainer(network, batch, TRAINING, {
            ...ENGINE,
            backend: variant.backend,
            init,
            threads,
          });
          const losses = [
            await trainer.step(input(network, batch, 1)),
            await trainer.step(input(network, batch, 2)),
          ];
          const predictor = await createPredictor(network, 16, {
            ...ENGINE,
            backend: variant.backend,
            threads,
          });
          await predictor.load(await trainer.weights());
          const outputs = await predictor.predict(input(network, 19, 9).pixels);
          results.push({ losses, outputs: digest(outputs), state: bits(await trainer.state()) });
        }
        expect(results[1]).toEqual(results[0]);
        expect(results[2]).toEqual(results[0]);
        expect(results[0].losses.every(Number.isFinite)).toBe(true);
      }),
    );
  }
});

const small = buildNetwork('lite', { outputs: 5, size: 8, width: 0.5 });

describe.each(VARIANTS)('$name', (variant) => {
  const engine = { ...ENGINE, backend: variant.backend };

  it.each(['adamw', 'sgd'] as const)('resumes from a state bit-identically: %s', (optimizer) =>
    withVariant(variant, async () => {
      const make = (seed: number) =>
        createTrainer(
          small,
          4,
          { ...TRAINING, ...usualOptimizer(optimizer) },
          { ...engine, init: initialise(small, seed) },
        );
      const [straight, before, after] = [await make(1), await make(1), await make(2)];
      for (let t = 0; t < 6; t++) await straight.step(input(small, 4, t));
      for (let t = 0; t < 3; t++) await before.step(input(small, 4, t));
      await after.load(await before.state());
      for (let t = 3; t < 6; t++) await after.step(input(small, 4, t));
      const state = await after.state();
      expect(bits(state)).toEqual(bits(await straight.state()));
      expect(bits(await after.weights({ ema: true }))).toEqual(bits(await straight.weights({ ema: true })));
      for (const { name } of bufferSpecs(small)) {
        expect(state.get(`optimizer.average.${name}`)!.data, name).not.toEqual(state.get(name)!.data);
      }
    }),
  );

  it('averages running statistics like weights, from the first step on', () =>
    withVariant(variant, async () => {
      const trainer = await createTrainer(small, 4, TRAINING, { ...engine, init: initialise(small, 1) });
      // Nothing has been averaged yet, so these are the live weights.
      const start = await trainer.weights();
      expect(bits(await trainer.weights({ ema: true }))).toEqual(bits(start));
      // The plain average starts at zero; dividing by the sum of its weights corrects that bias.
      const plain = new Map([...start].map(([name, { data }]) => [name, [...data].fill(0)]));
      for (let t = 1; t <= 5; t++) {
        await trainer.step(input(small, 4, t));
        const live = await trainer.weights();
        const averaged = await trainer.weights({ ema: true });
        expect([...averaged.keys()]).toEqual([...live.keys()]);
        for (const [name, { data }] of live) {
          const sums = plain.get(name)!.map((s, i) => TRAINING.ema * s + (1 - TRAINING.ema) * data[i]);
          plain.set(name, sums);
          const expected = sums.map((s) => s / (1 - TRAINING.ema ** t));
          const got = averaged.get(name)!.data;
          expect(relativeError(got, expected, 1e-3), `${name} after step ${t}`).toBeLessThan(1e-6);
          if (t > 1) expect(relativeError(data, expected, 1e-3), `${name}, live`).toBeGreaterThan(1e-4);
        }
      }
    }));

  it('predicts any number of images, each as if it were alone', () =>
    withVariant(variant, async () => {
      const [four, one] = await Promise.all([4, 1].map((batch) => createPredictor(small, batch, engine)));
      const weights = initialise(small, 4);
      await four.load(weights);
      await one.load(weights);
      const { pixels } = input(small, 7, 1);
      const outputs = await four.predict(pixels);
      expect(outputs).toHaveLength(7 * 5);
      const alone = await one.predict(pixels);
      outputs.forEach((value, i) => {
        expect(Math.abs(value - alone[i])).toBeLessThan(1e-6);
      });
      expect(await four.predict(new Uint8Array(0))).toHaveLength(0);
    }));
});

describe('errors', () => {
  const engine = { ...ENGINE, backend: VARIANTS[0].backend };
  const init = initialise(small, 1);
  const make = (weights: StateDict, batch = 2) =>
    createTrainer(small, batch, PLAIN, { ...engine, init: weights });
  const first = [...init.keys()][0];

  it('weights of another network', async () => {
    const missing = new Map(init);
    missing.delete(first);
    await expect(make(missing)).rejects.toThrow(`weights: ${first} is missing`);
    const reshaped = new Map(init).set(first, { shape: [2, 2], data: new Float32Array(4) });
    await expect(make(reshaped)).rejects.toThrow(
      `weights: ${first} has shape [2,2], but the network needs [`,
    );
    const predictor = await createPredictor(small, 1, engine);
    await expect(predictor.load(missing)).rejects.toThrow('is missing');
  });

  it('weights instead of a state, and an incomplete state, of which nothing is loaded', async () => {
    const trainer = await make(init);
    await trainer.step(input(small, 2, 0));
    const before = await trainer.state();
    const other = initialise(small, 5);
    await expect(trainer.load(other)).rejects.toMatchObject({
      message: 'state: optimizer.step is missing',
      hint: 'load the full state of a checkpoint, not only its weights',
    });
    const half = new Map(other).set('optimizer.step', { shape: [1], data: Float32Array.of(7) });
    await expect(trainer.load(half)).rejects.toThrow('weights: optimizer.m.');
    expect(bits(await trainer.state())).toEqual(bits(before));
  });

  it('a state of an earlier version, without averages of running statistics', async () => {
    const trainer = await createTrainer(small, 2, TRAINING, { ...engine, init });
    await trainer.step(input(small, 2, 0));
    const state = await trainer.state();
    const name = `optimizer.average.${bufferSpecs(small)[0].name}`;
    expect(state.delete(name)).toBe(true);
    await expect(trainer.load(state)).rejects.toMatchObject({
      name: 'LexelError',
      message: `weights: ${name} is missing`,
      hint: expect.stringContaining('start a new run, or continue with that version'),
    });
  });

  it('invalid batch sizes', async () => {
    for (const batch of [0, -1, 1.5, Number.NaN]) {
      await expect(make(init, batch)).rejects.toThrow(`batch size ${batch}: it must be a positive integer`);
    }
  });

  it('inputs of the wrong size', async () => {
    const trainer = await make(init);
    const right = input(small, 2, 0);
    await expect(trainer.step({ ...right, pixels: new Uint8Array(5) })).rejects.toThrow(
      'pixels has 5 values, but the plan needs 384',
    );
    await expect(trainer.step({ ...right, augment: new Int32Array(8) })).rejects.toThrow(
      'augment has 8 values',
    );
    await expect(trainer.step({ ...right, targets: new Float32Array(9) })).rejects.toThrow(
      'targets has 9 values',
    );
  });

  it('a step while another one is running', async () => {
    const trainer = await make(init);
    const step = trainer.step(input(small, 2, 0));
    await expect(trainer.step(input(small, 2, 1))).rejects.toThrow('has not ended; await it first');
    const state = await trainer.state();
    expect(await step).toBeGreaterThan(0);
    expect(bits(state)).toEqual(bits(await trainer.state()));
    expect(await trainer.step(input(small, 2, 1))).toBeGreaterThan(0);
  });

  it('a call after the memory was freed', async () => {
    const trainer = await make(init);
    await trainer.dispose();
    await expect(trainer.step(input(small, 2, 0))).rejects.toThrow('has been disposed');
    // A running call ends first.
    const predictor = await createPredictor(small, 2, engine);
    const outputs = predictor.predict(input(small, 3, 0).pixels);
    await predictor.dispose();
    expect(await outputs).toHaveLength(3 * 5);
  });

  it.skipIf(NATIVE.length === 0)('an instruction set that is not available', () =>
    withVariant({ name: '', backend: 'native', isa: 'mmx' }, () =>
      expect(createPredictor(small, 1, { ...ENGINE, backend: 'native' })).rejects.toThrow(
        'LEXEL_ISA=mmx: the addon runs',
      ),
    ),
  );
});
