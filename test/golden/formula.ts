/**
 * Golden numbers of whole training steps, computed by bench/golden/make_golden.py with PyTorch in float64,
 * and the formulas from which both sides compute the initial weights, images and targets. Contents of a JSON
 * file:
 *
 *     network, outputs, size, batch, dropout (0), mean, std (of pixel / 255, all channels), loss ("mse"),
 *     optimizer ("sgd": Nesterov, L2 in the gradient; "adamw": decoupled), learningRate (constant), weightDecay (on
 *     weights only), momentum | beta1, beta2, epsilon, torch (version)
 *     formula           check sums of this file's functions, see `weightedSum`
 *     predictedAtStart  evaluation mode on images(0) before training, running statistics 0 and 1: [batch * outputs]
 *     losses            ten: the loss of step t, on images(t) and targets(t), before its update
 *     afterOne          by array name (Lexel's names and layout): [sum, L2 norm, L2 norm of the change since the
 *                       start, then up to 4 elements, number i at index floor(i * length / 4)]
 *     afterTen          the same after ten steps
 *     predictedAtEnd    evaluation mode on images(0) after ten steps
 *
 * No augmentation. Running statistics are bias-corrected: e_t = (1 - m) e_{t-1} + m s_t from e_0 = 0,
 * running_t = e_t / (1 - (1 - m)^t), with m the layer's momentum and s_t the batch's mean, or its variance
 * over n - 1. So the first step has weight 1.
 *
 * Largest deviations of PyTorch's own float32 from these numbers: losses 1e-5; `deviation` after one step
 * 6e-6 (elements) and 3e-4 (change), after ten 2e-4 and 3e-3; predictions 1e-6 at the start and 2e-3 at the
 * end, relative to the largest. Suitable tolerances are therefore 1e-4 and 1e-3, and 1e-2 after ten steps.
 */

import { readFileSync } from 'node:fs';
import {
  bufferSpecs,
  type Network,
  type ParameterSpec,
  parameterSpecs,
  type Weights,
} from '../../src/nn/index.js';

/** [sum, norm, norm of the change, ...sampled elements] */
export type ArraySummary = number[];

export interface Golden {
  readonly network: 'micronet' | 'efficientnet-b0';
  readonly outputs: number;
  readonly size: number;
  readonly batch: number;
  readonly dropout: number;
  readonly mean: number;
  readonly std: number;
  readonly loss: 'mse';
  readonly optimizer: 'sgd' | 'adamw';
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly momentum?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly formula: { images: number[]; targets: number[]; weights: Record<string, number> };
  readonly predictedAtStart: number[];
  readonly losses: number[];
  readonly afterOne: Record<string, ArraySummary>;
  readonly afterTen: Record<string, ArraySummary>;
  readonly predictedAtEnd: number[];
}

export const GOLDEN_NAMES = [
  'micronet-sgd',
  'micronet-adamw',
  'efficientnet-b0-sgd',
  'efficientnet-b0-adamw',
] as const;

/** Reads the JSON file of that name in this folder. */
export function readGolden(name: (typeof GOLDEN_NAMES)[number]): Golden {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8'));
}

/** 32-bit FNV-1a of an ASCII string: the id of a stream. */
function fnv1a(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** A 32-bit hash of (stream, index). */
function mix(stream: number, index: number): number {
  let x = (Math.imul(index, 0x9e3779b1) + stream) >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  x ^= x >>> 16;
  return x >>> 0;
}

/** A multiple of 2^-23 in [-1, 1). */
const unit = (stream: number, index: number) => (mix(stream, index) >>> 8) / 2 ** 23 - 1;

/** The initial value of every array; running statistics are 0 and 1. Build the network with dropout 0. */
export function goldenStart(network: Network): Weights {
  const weights: Weights = new Map();
  for (const spec of parameterSpecs(network)) {
    const stream = fnv1a(spec.name);
    const data = new Float32Array(spec.shape.reduce((a, b) => a * b, 1));
    const [offset, scale] = offsetAndScale(spec);
    for (let i = 0; i < data.length; i++) data[i] = offset + scale * unit(stream, i);
    weights.set(spec.name, { shape: [...spec.shape], data });
  }
  for (const { name, shape, kind } of bufferSpecs(network)) {
    const data = new Float32Array(shape[0]).fill(kind === 'running-var' ? 1 : 0);
    weights.set(name, { shape: [...shape], data });
  }
  return weights;
}

function offsetAndScale({ kind, fanIn }: ParameterSpec): [offset: number, scale: number] {
  switch (kind) {
    case 'bn-weight':
      return [1, 0.2];
    case 'bn-bias':
      return [0, 0.2];
    case 'se-bias':
    case 'linear-bias':
      return [0, 0.1];
    case 'conv':
    case 'depthwise':
      return [0, Math.sqrt(6 / fanIn)];
    default:
      return [0, Math.sqrt(3 / fanIn)];
  }
}

/**
 * uint8 [batch, size, size, 3] of one step: for each image and channel a base level, 8 x 8 blocks, and noise.
 */
export function images(step: number, batch: number, size: number): Uint8Array {
  const streams = { level: fnv1a('level'), block: fnv1a('block'), noise: fnv1a('noise') };
  const blocks = size / 8;
  const out = new Uint8Array(batch * size * size * 3);
  let at = 0;
  for (let n = step * batch; n < (step + 1) * batch; n++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        for (let c = 0; c < 3; c++) {
          const block = ((n * blocks + (y >> 3)) * blocks + (x >> 3)) * 3 + c;
          const noise = ((n * size + y) * size + x) * 3 + c;
          out[at++] =
            (mix(streams.level, n * 3 + c) >>> 25) +
            (mix(streams.block, block) >>> 26) +
            (mix(streams.noise, noise) >>> 26);
        }
      }
    }
  }
  return out;
}

/** float32 [batch, outputs] of one step, uniform in [-1.2, 1.2). */
export function targets(step: number, batch: number, outputs: number): Float32Array {
  const stream = fnv1a('target');
  const first = step * batch * outputs;
  return Float32Array.from({ length: batch * outputs }, (_, i) => 1.2 * unit(stream, first + i));
}

/** Sum of the elements, each times 1 + its index modulo 7, so that a wrong order is detected too. */
export function weightedSum(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * (1 + (i % 7));
  return sum;
}

export interface Deviation {
  /** The array with the largest deviation. */
  readonly name: string;
  readonly error: number;
}

/**
 * Deviation of weights and running statistics from the golden ones. For sampled elements it is relative to
 * the largest of the array's samples. For the norm of the change it is relative to that norm, or to a
 * thousandth of the array's norm if that is more, because a float32 weight cannot represent a smaller change
 * exactly. The norm of the change reveals wrong gradients.
 * @throws Error if a golden array is missing
 */
export function deviation(
  state: Weights,
  start: Weights,
  golden: Record<string, ArraySummary>,
): { elements: Deviation; change: Deviation } {
  let elements: Deviation = { name: '', error: 0 };
  let change: Deviation = { name: '', error: 0 };
  for (const [name, [, norm, changeNorm, ...samples]] of Object.entries(golden)) {
    const after = state.get(name)?.data;
    const before = start.get(name)?.data;
    if (!after || !before) throw new Error(`no array named ${name}`);
    const count = samples.length;
    const scale = Math.max(...samples.map(Math.abs));
    samples.forEach((sample, i) => {
      // A NaN must count as a large deviation, hence the negated comparison.
      const error = Math.abs(after[Math.floor((i * after.length) / count)] - sample) / scale;
      if (!(error <= elements.error)) elements = { name, error };
    });
    let squares = 0;
    for (let i = 0; i < after.length; i++) squares += (after[i] - before[i]) ** 2;
    const error = Math.abs(Math.sqrt(squares) - changeNorm) / Math.max(changeNorm, 1e-3 * norm);
    if (!(error <= change.error)) change = { name, error };
  }
  return { elements, change };
}
