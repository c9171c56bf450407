/** Names, shapes and roles of a network's arrays: learned parameters and running statistics. */

import { LexelError } from '../util/errors.js';
import { NETWORK_BOUNDS } from './bounds.js';
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
  /** The layer's name and the part, for example "blocks.3.expand.conv.weight". */
  readonly name: string;
  /** The name of the layer. */
  readonly layer: string;
  /**
   * Dense convolution [k, k, in, out], or [in, out] for 1x1; depthwise [k, k, channels]; linear [in, out].
   */
  readonly shape: readonly number[];
  readonly kind: ParameterKind;
  /** Inputs per output: k * k * in, or k * k for depthwise. A bias has the fan-in of its layer's weight. */
  readonly fanIn: number;
  /** k * k * out, also for depthwise: like PyTorch, it does not divide by the groups. */
  readonly fanOut: number;
  /** Whether weight decay applies: true for weights, false for biases and batch norm. */
  readonly decay: boolean;
}

/** A running statistic of batch norm: saved with the weights, but not learned. */
export interface BufferSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: 'running-mean' | 'running-var';
}

/**
 * All learned arrays in the order of execution.
 * @throws LexelError if the network is invalid or has more parameters than {@link NETWORK_BOUNDS} allows
 */
export function parameterSpecs(network: Network): ParameterSpec[] {
  const specs: ParameterSpec[] = [];
  const names = new Set<string>();
  let count = 0;
  for (const { layer, input } of trace(network)) {
    const channels = input[2];
    const add = (part: string, kind: ParameterKind, shape: number[], fanIn: number, fanOut: number) => {
      const owner = 'name' in layer ? layer.name : '';
      const name = `${owner}.${part}`;
      if (names.has(name))
        throw new LexelError(`network "${network.name}": two arrays have the name ${name}`);
      names.add(name);
      count += product(shape);
      if (count > NETWORK_BOUNDS.parameters) {
        throw new LexelError(
          `network "${network.name}": with ${name} more than ${NETWORK_BOUNDS.parameters} parameters`,
        );
      }
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

/** All running statistics in the order of execution. @throws LexelError if the network is invalid */
export function bufferSpecs(network: Network): BufferSpec[] {
  const specs: BufferSpec[] = [];
  for (const { layer, input } of trace(network)) {
    if (layer.type !== 'batch-norm') continue;
    specs.push({ name: `${layer.name}.running_mean`, shape: [input[2]], kind: 'running-mean' });
    specs.push({ name: `${layer.name}.running_var`, shape: [input[2]], kind: 'running-var' });
  }
  return specs;
}

/**
 * Checks names, strides, shapes and sizes.
 * @throws LexelError naming the invalid layer or the exceeded bound
 */
export function validate(network: Network): void {
  parameterSpecs(network);
}

/** Number of learned values, without running statistics. */
export function countParameters(network: Network): number {
  return parameterSpecs(network).reduce((sum, spec) => sum + product(spec.shape), 0);
}

/** Elements of an array of this shape. */
export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
