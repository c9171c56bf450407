/**
 * Losses over labels on every backend, compared with the float64 reference; the reference compared with
 * central differences.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AUGMENT_FIELDS } from '../../src/data/augment-record.js';
import {
  CompiledTrainer,
  compile,
  INITIAL_LOG_SCALE,
  LOG_SCALE,
  openBackend,
  type TrainingOptions,
  usualOptimizer,
} from '../../src/engine/index.js';
import type { Network } from '../../src/nn/index.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { VARIANTS, withVariant } from './backends.js';
import { ADAMW, PLAIN, relativeError, TOLERANCE } from './compare.js';
import { type LabelLossKind, type LabelProblem, labelLoss } from './label-losses.js';
import { dataOf, layersOf, MEAN, STD } from './problems.js';
import { runReference } from './reference.js';

const KINDS: readonly LabelLossKind[] = ['softmax', 'cosine-softmax', 'ranking', 'joint'];

const drawn = fc.record({
  kind: fc.constantFrom(...KINDS),
  images: fc.integer({ min: 1, max: 7 }),
  dimension: fc.oneof(fc.integer({ min: 2, max: 40 }), fc.constantFrom(16, 32)),
  labels: fc.oneof(fc.integer({ min: 2, max: 40 }), fc.constantFrom(99)),
  margin: fc.constantFrom(0.1, 0.5),
  logScale: fc.constantFrom(0, 1.5, INITIAL_LOG_SCALE),
  seed: fc.nat(),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/**
 * Label vectors of unit length (for `joint` zero at the vector head's outputs). The targets name one label,
 * or two mixed by CutMix.
 */
function problemOf(what: Drawn): LabelProblem {
  const { images, dimension: d, labels, seed } = what;
  const random = new Random(deriveKey(seed, 'labels'));
  const vectors = new Float32Array(labels * d);
  const first = what.kind === 'joint' ? 1 + random.below(d - 1) : 0;
  for (let at = 0; at < vectors.length; at += d) {
    const row = Array.from({ length: d }, () => random.normal());
    for (let j = first; j < d; j++) vectors[at + j] = row[j] / Math.hypot(...row);
  }
  const weights = new Float32Array(images * labels);
  for (let n = 0; n < images; n++) {
    const share = n % 2 === 0 ? 1 : 0.25 + 0.5 * random.uniform();
    weights[n * labels + random.below(labels)] += share;
    weights[n * labels + random.below(labels)] += 1 - share;
  }
  const targets = Float32Array.from({ length: images * first }, () => random.normal());
  const joint = { outputs: first, targets, labelWeight: 0.25 + random.uniform() };
  return { ...what, vectors, weights, ...(first > 0 && { joint }) };
}

const networkOf = (outputs: number): Network => ({
  name: 'small',
  size: 4,
  outputs,
  layers: [
    ...layersOf([{ kind: 'conv', kernel: 3, stride: 1, depthwise: false, out: 9, norm: true, act: 'silu' }]),
    { type: 'global-average-pool' },
    { type: 'linear', name: 'last', out: outputs },
  ],
});

const optionsOf = ({ kind, labels, margin, vectors, joint }: LabelProblem): TrainingOptions => ({
  ...PLAIN,
  loss: kind,
  margin,
  labels: { count: labels, vectors: Float32Array.from(vectors) },
  ...(joint && { heads: { vectorOutputs: joint.outputs, labelWeight: joint.labelWeight } }),
});

describe('losses over labels', () => {
  it("the reference's gradients match central differences", () => {
    const property = fc.property(drawn, (what) => {
      const problem = problemOf(what);
      const random = new Random(deriveKey(what.seed, 'outputs'));
      const output = Float64Array.from({ length: problem.images * problem.dimension }, () => random.normal());
      const { gradient, scaleGradient, kink } = labelLoss(problem, output);
      fc.pre(kink > 1e-4);
      const step = 1e-6;
      const i = random.below(output.length);
      const at = (x: number) => labelLoss(problem, output.with(i, x)).loss;
      const slope = (at(output[i] + step) - at(output[i] - step)) / (2 * step);
      expect(slope).toBeCloseTo(gradient[i], 6);
      const scaled = (x: number) => labelLoss({ ...problem, logScale: x }, output).loss;
      const scaleSlope = (scaled(what.logScale + step) - scaled(what.logScale - step)) / (2 * step);
      if (problem.kind === 'cosine-softmax') expect(scaleSlope).toBeCloseTo(scaleGradient, 6);
    });
    fc.assert(property, { numRuns: 100, seed: 1 });
  });

  it.each(VARIANTS)('$name agrees with the reference', async (variant) => {
    await withVariant(variant, async () => {
      const property = fc.asyncProperty(drawn, async (what) => {
        const problem = problemOf(what);
        const { images: batch, dimension, kind, logScale } = problem;
        const network = networkOf(dimension);
        const data = dataOf({ network, batch, loss: 'mse', seed: what.seed });
        let expected = labelLoss(problem, new Float32Array(batch * dimension).fill(1));
        const reference = runReference(network, data.state, {
          images: data.images,
          targets: problem.weights,
          loss: (output) => {
            expected = labelLoss(problem, output);
            return expected;
          },
        });
        fc.pre(expected.kink > 1e-5 && reference.kink > 1e-5);
        const init = new Map(data.state);
        if (kind === 'cosine-softmax') init.set(LOG_SCALE, { shape: [1], data: Float32Array.of(logScale) });
        const trainer = await CompiledTrainer.create(compile(network, batch, optionsOf(problem)), {
          backend: openBackend(variant.backend),
          mean: MEAN,
          std: STD,
          init,
        });
        const loss = await trainer.step({
          pixels: data.pixels,
          augment: new Int32Array(batch * AUGMENT_FIELDS),
          targets: Float32Array.from(
            [problem.joint?.targets ?? [], problem.weights].flatMap((part) => Array.from(part)),
          ),
          learningRate: 0.01,
          dropoutKey: [0, 0],
        });
        expect(relativeError([loss], [reference.loss], 0.01), 'loss').toBeLessThan(TOLERANCE);
        const gradients = await trainer.gradients();
        for (const [name, want] of reference.gradients) {
          const floor =
            0.1 * Math.max(...[...reference.gradients.values()].flatMap((g) => [...g].map(Math.abs)));
          expect(relativeError(gradients.get(name)!.data, want, floor), name).toBeLessThan(3 * TOLERANCE);
        }
        const scaleGradient = gradients.get(LOG_SCALE)?.data;
        expect(scaleGradient !== undefined).toBe(kind === 'cosine-softmax');
        if (scaleGradient)
          expect(relativeError(scaleGradient, [expected.scaleGradient], 0.1)).toBeLessThan(TOLERANCE);
      });
      await fc.assert(property, { numRuns: 40, seed: 1 });
    });
  });

  it('the cosine scale starts at 1 / 0.07, is at most 100, and is part of the state', async () => {
    const problem = problemOf({
      ...{ kind: 'cosine-softmax', images: 2, dimension: 3, labels: 4, margin: 0.1, logScale: 0, seed: 3 },
    });
    const network = networkOf(3);
    const { state, pixels } = dataOf({ network, batch: 2, loss: 'mse', seed: 3 });
    const options = { ...optionsOf(problem), ...usualOptimizer('adamw'), weightDecay: 0.5 };
    const begin = () =>
      CompiledTrainer.create(compile(network, 2, options), {
        backend: openBackend(),
        mean: MEAN,
        std: STD,
        init: state,
      });
    const targets = Float32Array.from(problem.weights);
    const input = { pixels, augment: new Int32Array(16), targets, dropoutKey: [0, 0] as const };
    const trainer = await begin();
    const scale = async () => (await trainer.state()).get(LOG_SCALE)!.data[0];
    expect(await scale()).toBeCloseTo(INITIAL_LOG_SCALE, 6);
    // The first step of AdamW is as long as the learning rate; weight decay would add half of that.
    await trainer.step({ ...input, learningRate: 0.1 });
    expect(Math.abs((await scale()) - INITIAL_LOG_SCALE)).toBeCloseTo(0.1, 3);
    const other = await begin();
    await other.load(await trainer.state());
    const next = { ...input, learningRate: 0.1 };
    expect(await other.step(next)).toBe(await trainer.step(next));
    const large = new Map(await trainer.state()).set(LOG_SCALE, { shape: [1], data: Float32Array.of(9) });
    await trainer.load(large);
    await trainer.step({ ...input, learningRate: 0 });
    expect(await scale()).toBeCloseTo(Math.log(100), 6);
  });

  it('require labels of matching size', () => {
    const network = networkOf(3);
    const loss = 'softmax' as const;
    expect(() => compile(network, 2, { ...PLAIN, loss })).toThrow('this loss needs labels');
    const labels = { count: 2, vectors: new Float32Array(5) };
    expect(() => compile(network, 2, { ...PLAIN, loss, labels })).toThrow(
      'the labels need 2 x 3 values, got 5',
    );
  });

  it('with two heads require outputs for both', () => {
    const labels = { count: 2, vectors: new Float32Array(6) };
    for (const vectorOutputs of [0, 3]) {
      const heads = { vectorOutputs, labelWeight: 1 };
      expect(() => compile(networkOf(3), 2, { ...PLAIN, loss: 'joint', labels, heads })).toThrow(
        `loss joint: vectorOutputs is ${vectorOutputs}, but must be at least 1 and less than the network's 3 outputs`,
      );
    }
  });
});

describe('training the last layer alone', () => {
  it.each(VARIANTS)('$name updates it as in full training, and no other layer', async (variant) => {
    await withVariant(variant, async () => {
      const network = networkOf(5);
      const { state, pixels, targets } = dataOf({ network, batch: 4, loss: 'mse', seed: 8 });
      const engine = { backend: openBackend(variant.backend), mean: MEAN, std: STD, init: state };
      const options = { ...ADAMW, weightDecay: 0.1, ema: 0.9 };
      const input = { pixels, augment: new Int32Array(32), targets, learningRate: 0.1 };
      const step = async (trainable: 'all' | 'last') => {
        const trainer = await CompiledTrainer.create(compile(network, 4, { ...options, trainable }), engine);
        await trainer.step({ ...input, dropoutKey: [0, 0] });
        return trainer;
      };
      const [all, last] = [await step('all'), await step('last')];
      const whole = await all.weights();
      const frozen = await last.weights();
      const averaged = await last.weights({ ema: true });
      for (const [name, { data }] of state) {
        const moves = name.startsWith('last.') || name.includes('running');
        expect(frozen.get(name)!.data, name).toEqual(moves ? whole.get(name)!.data : data);
        expect(frozen.get(name)!.data.some((x, i) => x !== data[i])).toBe(moves);
        expect(averaged.get(name)!.data, name).toEqual(frozen.get(name)!.data);
      }
      const layers = network.layers.filter(({ type }) => type !== 'linear');
      expect(() => compile({ ...network, layers, outputs: 9 }, 4, { ...PLAIN, trainable: 'last' })).toThrow(
        'has no linear layer, so its last one cannot be trained alone',
      );
    });
  });
});
