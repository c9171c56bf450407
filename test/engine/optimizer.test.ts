/**
 * Three updates of each optimizer with the engine's own gradients, compared with the papers' formulas in
 * float64.
 */

import { describe, expect, it } from 'vitest';
import { AUGMENT_FIELDS } from '../../src/data/augment-record.js';
import {
  CompiledTrainer,
  compile,
  openBackend,
  type StateDict,
  type TrainingOptions,
} from '../../src/engine/index.js';
import { parameterSpecs } from '../../src/nn/index.js';
import { VARIANTS, withVariant } from './backends.js';
import { ADAMW, PLAIN, relativeError } from './compare.js';
import { dataOf, layersOf, MEAN, type Problem, STD } from './problems.js';

const problem: Problem = {
  network: {
    name: 'small',
    size: 6,
    outputs: 7,
    layers: [
      ...layersOf([
        { kind: 'conv', kernel: 3, stride: 1, depthwise: false, out: 13, norm: true, act: 'silu' },
        { kind: 'squeeze', hidden: 3, activation: 'silu', gate: 'sigmoid' },
        { kind: 'conv', kernel: 1, stride: 1, depthwise: false, out: 150, norm: true, act: 'silu' },
      ]),
      { type: 'global-average-pool' },
      { type: 'linear', name: 'hidden', out: 150 },
      { type: 'linear', name: 'last', out: 7 },
    ],
  },
  batch: 6,
  loss: 'mse',
  seed: 11,
};
const RATES = [0.05, 0.02, 0.03];

const sgd = (momentum: number, more = {}): TrainingOptions => ({
  ...PLAIN,
  optimizer: 'sgd',
  momentum,
  ...more,
});

const OPTIONS: Record<string, TrainingOptions> = {
  'sgd with Nesterov momentum': sgd(0.9),
  'sgd with weight decay': sgd(0.9, { weightDecay: 0.1 }),
  'sgd, clipped': sgd(0.5, { clip: 0.1 }),
  'sgd, a limit that is not reached': sgd(0.5, { clip: 1e6 }),
  adamw: ADAMW,
  'adamw with weight decay, clipped, averaged': { ...ADAMW, weightDecay: 0.2, clip: 0.05, ema: 0.9 },
  'sgd, averaged slowly': sgd(0.9, { ema: 0.999 }),
};

type Moments = { w: number[]; m: number[]; v: number[]; average: number[] };

/** One update of one array by the papers' formulas. `scale` is the clipping factor of the gradient. */
function update(
  o: TrainingOptions,
  s: Moments,
  g: number[],
  decayed: boolean,
  scale: number,
  rate: number,
  t: number,
) {
  const decay = decayed ? o.weightDecay : 0;
  s.w.forEach((w, i) => {
    let grad = g[i] * scale;
    if (o.optimizer === 'adamw') {
      s.m[i] = o.beta1 * s.m[i] + (1 - o.beta1) * grad;
      s.v[i] = o.beta2 * s.v[i] + (1 - o.beta2) * grad ** 2;
      const [m, v] = [s.m[i] / (1 - o.beta1 ** t), s.v[i] / (1 - o.beta2 ** t)];
      s.w[i] = w - rate * (m / (Math.sqrt(v) + o.epsilon) + decay * w);
    } else {
      grad += decay * w;
      s.m[i] = o.momentum * s.m[i] + grad;
      s.w[i] = w - rate * (grad + o.momentum * s.m[i]);
    }
    // The plain average starts at zero; dividing by the sum of its weights corrects that bias.
    s.average[i] = o.ema * s.average[i] + (1 - o.ema) * s.w[i];
  });
}

describe.each(VARIANTS)('$name', (variant) => {
  it.each(Object.keys(OPTIONS))('%s', (name) =>
    withVariant(variant, async () => {
      const options = OPTIONS[name];
      const { network, batch } = problem;
      const { state, pixels, targets } = dataOf(problem);
      const trainer = await CompiledTrainer.create(compile(network, batch, options), {
        backend: openBackend(variant.backend),
        mean: MEAN,
        std: STD,
        init: state,
      });
      const specs = parameterSpecs(network);
      const expected = new Map<string, Moments>();
      for (const { name } of specs) {
        const w = [...state.get(name)!.data];
        const zeros = () => w.map(() => 0);
        expected.set(name, { w, m: zeros(), v: zeros(), average: zeros() });
      }
      for (const [step, learningRate] of RATES.entries()) {
        const augment = new Int32Array(batch * AUGMENT_FIELDS);
        await trainer.step({ pixels, augment, targets, learningRate, dropoutKey: [0, 0] });
        const gradients = await trainer.gradients();
        const norm = Math.sqrt(
          [...gradients.values()].reduce((sum, { data }) => sum + data.reduce((s, g) => s + g * g, 0), 0),
        );
        const scale = options.clip > 0 && norm > options.clip ? options.clip / norm : 1;
        if (options.clip > 0) expect(scale < 1).toBe(options.clip < 1);
        for (const { name, decay } of specs) {
          update(
            options,
            expected.get(name)!,
            [...gradients.get(name)!.data],
            decay,
            scale,
            learningRate,
            step + 1,
          );
        }
        const compare = (got: StateDict, prefix: string, pick: (s: Moments) => number[]) => {
          for (const [name, moments] of expected) {
            const error = relativeError(got.get(prefix + name)!.data, pick(moments), 1e-3);
            expect(error, `${prefix}${name} after step ${step + 1}`).toBeLessThan(2e-5);
          }
        };
        const now = await trainer.state();
        compare(now, '', (s) => s.w);
        compare(now, 'optimizer.m.', (s) => s.m);
        if (options.optimizer === 'adamw') compare(now, 'optimizer.v.', (s) => s.v);
        if (options.ema > 0) {
          compare(await trainer.weights({ ema: true }), '', (s) =>
            s.average.map((a) => a / (1 - options.ema ** (step + 1))),
          );
        } else {
          await expect(trainer.weights({ ema: true })).rejects.toThrow(
            'averaged weights are not available, because ema is 0',
          );
        }
      }
    }),
  );
});
