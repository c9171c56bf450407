/**
 * Computes the shapes of all layers in one walk, in the order of execution. The cost table, the parameter
 * list, the figure and the validation of networks from files all use it.
 */

import { LexelError } from '../util/errors.js';
import { NETWORK_BOUNDS } from './bounds.js';
import type { Layer, Network, Shape } from './types.js';

/** A layer with its input and output shapes, without the batch dimension. */
export interface TracedLayer {
  readonly layer: Layer;
  readonly input: Shape;
  readonly output: Shape;
  /** Names of the enclosing residuals, outermost first. */
  readonly within: readonly string[];
  /** The layer's branch of the innermost residual; null outside residuals. */
  readonly branch: 'body' | 'shortcut' | null;
}

/**
 * All layers in the order of execution. A residual comes after its body and its shortcut, and represents the
 * sum.
 * @throws LexelError naming the first layer that is invalid or exceeds {@link NETWORK_BOUNDS}
 */
export function trace(network: Network): TracedLayer[] {
  const traced: TracedLayer[] = [];
  const names = new Set<string>();
  const place = `network "${network.name}"`;
  const fail = (layer: Layer, problem: string): never => {
    throw new LexelError(`${place}: layer ${layerName(layer)}: ${problem}`);
  };

  const walk = (
    layers: readonly Layer[],
    from: Shape,
    within: readonly string[],
    branch: TracedLayer['branch'],
  ) => {
    let input = from;
    for (const [i, layer] of layers.entries()) {
      if ('name' in layer) {
        if (!/^[\w-]+(\.[\w-]+)*$/.test(layer.name)) fail(layer, 'a name must be words joined by dots');
        if (names.has(layer.name)) fail(layer, 'an earlier layer has the same name');
        names.add(layer.name);
      }
      // The engine computes a convolution and its batch norm together, and no batch norm alone.
      if (layer.type === 'batch-norm' && layers[i - 1]?.type !== 'conv')
        fail(layer, 'a batch norm must come directly after a convolution');
      let output: Shape;
      if (layer.type === 'residual') {
        const inner = [...within, layer.name];
        output = walk(layer.body, input, inner, 'body');
        const other = walk(layer.shortcut, input, inner, 'shortcut');
        if (!sameShape(output, other)) {
          fail(layer, `the body's output is ${shapeText(output)}, but the shortcut's is ${shapeText(other)}`);
        }
      } else {
        output = outputShape(layer, input, fail);
      }
      const values = output[0] * output[1] * output[2];
      if (values > NETWORK_BOUNDS.activations)
        fail(layer, `gives ${values} values an image, more than ${NETWORK_BOUNDS.activations}`);
      traced.push({ layer, input, output, within, branch });
      if (traced.length > NETWORK_BOUNDS.layers)
        throw new LexelError(`${place}: more than ${NETWORK_BOUNDS.layers} layers`);
      input = output;
    }
    return input;
  };

  if (!Number.isInteger(network.size) || network.size < 1) {
    throw new LexelError(`${place}: the input size must be a positive integer, not ${network.size}`);
  }
  if (network.size > NETWORK_BOUNDS.size) {
    throw new LexelError(`${place}: an input of ${network.size} pixels is more than ${NETWORK_BOUNDS.size}`);
  }
  const last = walk(network.layers, [network.size, network.size, 3], [], null);
  if (!sameShape(last, [1, 1, network.outputs])) {
    throw new LexelError(
      `${place}: the output of the last layer is ${shapeText(last)}, not ${network.outputs} values`,
      'end with global-average-pool and a linear layer whose out equals outputs',
    );
  }
  return traced;
}

function outputShape(
  layer: Exclude<Layer, { type: 'residual' }>,
  input: Shape,
  fail: (layer: Layer, problem: string) => never,
): Shape {
  const [height, width, channels] = input;
  const positive = (what: string, value: number) => {
    if (!Number.isInteger(value) || value < 1)
      fail(layer, `${what} must be a positive integer, not ${value}`);
  };
  switch (layer.type) {
    case 'conv':
      positive('out', layer.out);
      if (![1, 3, 5].includes(layer.kernel)) fail(layer, `kernel must be 1, 3 or 5, not ${layer.kernel}`);
      if (![1, 2].includes(layer.stride)) fail(layer, `stride must be 1 or 2, not ${layer.stride}`);
      if (layer.depthwise && layer.out !== channels) {
        fail(
          layer,
          `a depthwise convolution must have ${channels} output channels like its input, not ${layer.out}`,
        );
      }
      // With padding (k - 1) / 2 the output size does not depend on the kernel.
      return [Math.ceil(height / layer.stride), Math.ceil(width / layer.stride), layer.out];
    case 'batch-norm':
      if (!(layer.epsilon > 0)) fail(layer, `epsilon must be above 0, not ${layer.epsilon}`);
      if (!(layer.momentum > 0 && layer.momentum <= 1)) {
        fail(layer, `momentum must be in (0, 1], not ${layer.momentum}`);
      }
      return input;
    case 'squeeze-excite':
      positive('hidden', layer.hidden);
      return input;
    case 'dropout':
      if (!(layer.rate >= 0 && layer.rate < 1)) fail(layer, `the rate must be in [0, 1), not ${layer.rate}`);
      return input;
    case 'activation':
      return input;
    case 'global-average-pool':
      return [1, 1, channels];
    case 'linear':
      positive('out', layer.out);
      if (height !== 1 || width !== 1) {
        fail(
          layer,
          `its input must be [1, 1, features], not ${shapeText(input)}; put global-average-pool before it`,
        );
      }
      return [1, 1, layer.out];
  }
}

/** Output shape [height, width, channels] of every named layer; the network's own is under "". */
export function shapes(network: Network): Map<string, Shape> {
  const result = new Map<string, Shape>();
  for (const { layer, output } of trace(network)) {
    if ('name' in layer) result.set(layer.name, output);
    result.set('', output);
  }
  return result;
}

/** The layer's name, or its type if it has no name: "dropout", "relu". */
export function layerName(layer: Layer): string {
  if ('name' in layer) return layer.name;
  return layer.type === 'activation' ? layer.fn : layer.type;
}

/** "32x32x16" for a map, "1x1x100" for a vector. */
export function shapeText(shape: Shape): string {
  return shape.join('x');
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.every((length, i) => length === b[i]);
}
