/**
 * Random problems for the engine's tests: fast-check draws a network as a list of blocks, and a seed
 * determines weights, images and targets.
 */

import fc from 'fast-check';
import type { StateDict } from '../../src/engine/index.js';
import {
  type Activation,
  bufferSpecs,
  type Layer,
  type Network,
  parameterSpecs,
  product,
} from '../../src/nn/index.js';
import { deriveKey, Random } from '../../src/util/random.js';

/** A part of a network, without what depends on its position (names, the shortcut's shape). */
export type Block =
  | {
      kind: 'conv';
      kernel: 1 | 3 | 5;
      stride: 1 | 2;
      depthwise: boolean;
      out: number;
      norm: boolean;
      act: Activation | null;
    }
  | { kind: 'act'; fn: Activation }
  | { kind: 'squeeze'; hidden: number; activation: Activation; gate: Activation }
  | { kind: 'dropout'; rate: number }
  /** If the body's channels differ from the input's, a 1x1 convolution is appended. */
  | { kind: 'residual'; body: Block[]; shortcut: 'identity' | 'conv' | 'residual' };

export interface Problem {
  readonly network: Network;
  readonly batch: number;
  readonly loss: 'mse' | 'cosine';
  readonly seed: number;
}

export const ALL_ACTIVATIONS: readonly Activation[] = [
  'relu',
  'silu',
  'hard-swish',
  'sigmoid',
  'hard-sigmoid',
];
export const anyActivation = fc.constantFrom(...ALL_ACTIVATIONS);
/** Counts at, around and between the vector widths and panel widths. */
export const anyChannels = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.constantFrom(1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 40),
);

export const anyConv = (fixed: Partial<Extract<Block, { kind: 'conv' }>> = {}): fc.Arbitrary<Block> =>
  fc
    .record({
      kernel: fc.constantFrom(1 as const, 3 as const, 5 as const),
      stride: fc.constantFrom(1 as const, 2 as const),
      depthwise: fc.boolean(),
      out: anyChannels,
      norm: fc.boolean(),
      act: fc.option(anyActivation),
    })
    .map((drawn) => ({ kind: 'conv', ...drawn, ...fixed }));

export const anySqueeze: fc.Arbitrary<Block> = fc.record({
  kind: fc.constant('squeeze' as const),
  hidden: fc.integer({ min: 1, max: 20 }),
  activation: anyActivation,
  gate: anyActivation,
});
export const anyAct: fc.Arbitrary<Block> = anyActivation.map((fn) => ({ kind: 'act', fn }));
export const anyDropout: fc.Arbitrary<Block> = fc
  .constantFrom(0, 0.1, 0.5)
  .map((rate) => ({ kind: 'dropout', rate }));

/** Any block, with residuals nested up to `depth`. */
export function anyBlock(depth: number): fc.Arbitrary<Block> {
  const simple = [
    { weight: 4, arbitrary: anyConv() },
    { weight: 2, arbitrary: anyConv({ norm: true }) },
    { weight: 1, arbitrary: anySqueeze },
    { weight: 1, arbitrary: anyAct },
    { weight: 1, arbitrary: anyDropout },
  ];
  if (depth === 0) return fc.oneof(...simple);
  return fc.oneof(...simple, { weight: 3, arbitrary: anyResidual(depth) });
}

export function anyResidual(depth: number): fc.Arbitrary<Block> {
  return fc.record({
    kind: fc.constant('residual' as const),
    body: fc.array(anyBlock(depth - 1), { maxLength: 3 }),
    shortcut: fc.constantFrom('identity' as const, 'conv' as const, 'residual' as const),
  });
}

/** A network of the given blocks with a random size, last layers and loss. */
export function anyProblem(blocks: fc.Arbitrary<Block[]>): fc.Arbitrary<Problem> {
  return fc
    .record({
      blocks,
      extent: fc.oneof(
        {
          weight: 9,
          arbitrary: fc.record({
            size: fc.integer({ min: 1, max: 9 }),
            batch: fc.integer({ min: 1, max: 9 }),
          }),
        },
        {
          weight: 1,
          arbitrary: fc.record({ size: fc.integer({ min: 1, max: 3 }), batch: fc.constantFrom(17, 65, 70) }),
        },
      ),
      outputs: fc.integer({ min: 2, max: 35 }),
      hidden: fc.option(fc.record({ out: anyChannels, act: anyActivation }), { freq: 2 }),
      poolDropout: fc.boolean(),
      last: fc.option(fc.constantFrom('silu' as const, 'sigmoid' as const), { freq: 4 }),
      loss: fc.constantFrom('mse' as const, 'cosine' as const),
      seed: fc.nat(),
    })
    .map(({ blocks, extent, outputs, hidden, poolDropout, last, loss, seed }) => {
      const tail: Layer[] = [{ type: 'global-average-pool' }];
      if (poolDropout) tail.push({ type: 'dropout', rate: 0.25 });
      if (hidden) {
        tail.push(
          { type: 'linear', name: 'hidden', out: hidden.out },
          { type: 'activation', fn: hidden.act },
        );
      }
      tail.push({ type: 'linear', name: 'last', out: outputs });
      if (last) tail.push({ type: 'activation', fn: last });
      const network = { name: 'random', size: extent.size, outputs, layers: [...layersOf(blocks), ...tail] };
      return { network, batch: extent.batch, loss, seed };
    });
}

/** The layers of `blocks` for an input with `channels` channels. */
export function layersOf(blocks: readonly Block[], channels = 3): Layer[] {
  return lay(blocks, channels, 'b', true).layers;
}

function lay(blocks: readonly Block[], from: number, prefix: string, strided: boolean) {
  const layers: Layer[] = [];
  const strides: (1 | 2)[] = [];
  let channels = from;
  blocks.forEach((block, i) => {
    const name = `${prefix}${i}`;
    switch (block.kind) {
      case 'conv': {
        const stride = strided ? block.stride : 1;
        if (stride === 2) strides.push(stride);
        if (!block.depthwise) channels = block.out;
        layers.push(
          {
            type: 'conv',
            name: `${name}.conv`,
            out: channels,
            kernel: block.kernel,
            stride,
            depthwise: block.depthwise,
          },
          ...(block.norm ? [norm(name)] : []),
        );
        if (block.act) layers.push({ type: 'activation', fn: block.act });
        break;
      }
      case 'act':
        layers.push({ type: 'activation', fn: block.fn });
        break;
      case 'squeeze': {
        const { hidden, activation, gate } = block;
        layers.push({ type: 'squeeze-excite', name: `${name}.se`, hidden, activation, gate });
        break;
      }
      case 'dropout':
        layers.push({ type: 'dropout', rate: block.rate });
        break;
      case 'residual': {
        const body = lay(block.body, channels, `${name}.body`, strided && block.shortcut === 'conv');
        const shortcut: Layer[] = [];
        if (block.shortcut === 'conv') {
          // One convolution per stride of the body, so that odd sizes are rounded equally.
          (body.strides.length ? body.strides : [1 as const]).forEach((stride, k) => {
            const at = `${name}.shortcut${k}`;
            shortcut.push({
              type: 'conv',
              name: `${at}.conv`,
              out: body.channels,
              kernel: 1,
              stride,
              depthwise: false,
            });
            if (k === 0) shortcut.push(norm(at));
          });
          strides.push(...body.strides);
          channels = body.channels;
        } else {
          if (body.channels !== channels) {
            const at = `${name}.project`;
            body.layers.push(
              { type: 'conv', name: `${at}.conv`, out: channels, kernel: 1, stride: 1, depthwise: false },
              norm(at),
            );
          }
          if (block.shortcut === 'residual') {
            const at = `${name}.side`;
            const inner: Layer[] = [
              { type: 'conv', name: `${at}.conv`, out: channels, kernel: 3, stride: 1, depthwise: true },
              norm(at),
            ];
            shortcut.push({ type: 'residual', name: at, body: inner, shortcut: [] });
          }
        }
        layers.push({ type: 'residual', name, body: body.layers, shortcut });
        break;
      }
    }
  });
  return { layers, channels, strides };
}

const norm = (name: string): Layer => ({
  type: 'batch-norm',
  name: `${name}.bn`,
  epsilon: 1e-3,
  momentum: 0.1,
});

export const MEAN = [0.5, 0.45, 0.4];
export const STD = [0.25, 0.3, 0.2];

/** Weights, running statistics, images and targets of a problem. */
export function dataOf({ network, batch, seed }: Problem) {
  const stream = (purpose: string) => new Random(deriveKey(seed, purpose));
  const fill = (count: number, draw: (random: Random) => number, random: Random) =>
    Float32Array.from({ length: count }, () => draw(random));
  const state: StateDict = new Map();
  for (const { name, shape, kind, fanIn } of parameterSpecs(network)) {
    const random = stream(name);
    const spread = kind.endsWith('bias') ? 0.3 : Math.sqrt(1.5 / fanIn);
    const draw = kind === 'bn-weight' ? (r: Random) => 0.6 + r.uniform() : (r: Random) => r.normal() * spread;
    state.set(name, { shape: [...shape], data: fill(product(shape), draw, random) });
  }
  for (const { name, shape, kind } of bufferSpecs(network)) {
    const draw = (r: Random) => (kind === 'running-var' ? 0.5 + r.uniform() : r.normal() * 0.3);
    state.set(name, { shape: [...shape], data: fill(product(shape), draw, stream(name)) });
  }
  const pixelCount = batch * network.size ** 2 * 3;
  const random = stream('pixels');
  const pixels = Uint8Array.from({ length: pixelCount }, () => random.below(256));
  const images = Float64Array.from(pixels, (p, i) => (p / 255 - MEAN[i % 3]) / STD[i % 3]);
  const targets = fill(batch * network.outputs, (r) => r.normal(), stream('targets'));
  return { state, pixels, images, targets };
}
