/** What a network learns and what it keeps: names, shapes and roles of every array. */

import { LexelError } from '../util/errors.js';
import { trace } from './trace.js';
import type { Network } from './types.js';

export type ParameterKind =
  | 'conv'
  | 'depthwise'
  | 'bn-weight'
  | 'bn-bias'
  | 'se-weight'
  | 'se-bias'
  | 'linear-weight'
  | 'linear-bias';

export interface ParameterSpec {
  /** "blocks.3.expand.conv.weight": the layer's name, then what of it. */
  readonly name: string;
  /** The layer that it belongs to. */
  readonly layer: string;
  /** Dense convolution [k, k, in, out], for 1x1 [in, out]; depthwise [k, k, channels]; linear [in, out]. */
  readonly shape: readonly number[];
  readonly kind: ParameterKind;
  /** Inputs of one output: k * k * in, for depthwise k * k. A bias has its weight's. */
  readonly fanIn: number;
  /** k * k * out, also for depthwise (as PyTorch counts it, which does not divide by the groups). */
  readonly fanOut: number;
  /** Whether weight decay acts on it: weights only, neither biases nor batch norm. */
  readonly decay: boolean;
}

/** Running statistics of batch norm: kept, not learned. */
export interface BufferSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: 'running-mean' | 'running-var';
}

/**
 * Every learned array, in the order of execution.
 * @throws LexelError when the network does not validate
 */
export function parameterSpecs(network: Network): ParameterSpec[] {
  const specs: ParameterSpec[] = [];
  const names = new Set<string>();
  for (const { layer, input } of trace(network)) {
    const channels = input[2];
    const add = (part: string, kind: ParameterKind, shape: number[], fanIn: number, fanOut: number) => {
      const owner = 'name' in layer ? layer.name : '';
      const name = `${owner}.${part}`;
      if (names.has(name)) throw new LexelError(`network "${network.name}": two arrays named ${name}`);
      names.add(name);
      specs.push({
        name,
        layer: owner,
        shape,
        kind,
        fanIn,
        fanOut,
        decay: part.endsWith('weight') && !isNorm(kind),
      });
    };
    switch (layer.type) {
      case 'conv': {
        const { out, kernel: k } = layer;
        if (layer.depthwise) add('weight', 'depthwise', [k, k, channels], k * k, k * k * channels);
        else
          add(
            'weight',
            'conv',
            k === 1 ? [channels, out] : [k, k, channels, out],
            k * k * channels,
            k * k * out,
          );
        break;
      }
      case 'batch-norm':
        add('weight', 'bn-weight', [channels], channels, channels);
        add('bias', 'bn-bias', [channels], channels, channels);
        break;
      case 'squeeze-excite': {
        const { hidden } = layer;
        add('fc1.weight', 'se-weight', [channels, hidden], channels, hidden);
        add('fc1.bias', 'se-bias', [hidden], channels, hidden);
        add('fc2.weight', 'se-weight', [hidden, channels], hidden, channels);
        add('fc2.bias', 'se-bias', [channels], hidden, channels);
        break;
      }
      case 'linear':
        add('weight', 'linear-weight', [channels, layer.out], channels, layer.out);
        add('bias', 'linear-bias', [layer.out], channels, layer.out);
        break;
      case 'activation':
      case 'residual':
      case 'global-average-pool':
      case 'dropout':
        break;
      default:
        layer satisfies never;
    }
  }
  return specs;
}

const isNorm = (kind: ParameterKind) => kind === 'bn-weight' || kind === 'bn-bias';

/** Every running statistic, in the order of execution. @throws LexelError when the network does not validate */
export function bufferSpecs(network: Network): BufferSpec[] {
  const specs: BufferSpec[] = [];
  for (const { layer, input } of trace(network)) {
    if (layer.type !== 'batch-norm') continue;
    specs.push({ name: `${layer.name}.running_mean`, shape: [input[2]], kind: 'running-mean' });
    specs.push({ name: `${layer.name}.running_var`, shape: [input[2]], kind: 'running-var' });
  }
  return specs;
}

/** Number of learned values. Running statistics do not count. */
export function countParameters(network: Network): number {
  return parameterSpecs(network).reduce((sum, spec) => sum + product(spec.shape), 0);
}

/** Elements of an array of this shape. */
export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
