/** Parameters and multiply-adds of a network, layer by layer. */

import { parameterSpecs, product } from './parameters.js';
import { layerName, trace } from './trace.js';
import type { Layer, Network, Shape } from './types.js';

export interface LayerCost {
  /** The layer's name, or its type if it has no name. */
  readonly name: string;
  /** "conv 3x3 /2", "depthwise 5x5", "batch-norm", "sum", "hard-swish", ... */
  readonly type: string;
  /** Shape of the output: [height, width, channels]. */
  readonly shape: Shape;
  readonly parameters: number;
  /** Multiply-adds of one image's forward pass. */
  readonly multiplyAdds: number;
}

/**
 * One row per layer, in the order of execution. Only convolutions and fully connected layers, also inside
 * squeeze-excite, have multiply-adds; normalisation, activations, pooling and sums count zero. This is the
 * usual convention, and it reproduces the published numbers. A training step takes about six operations per
 * multiply-add: two for the forward pass, two for the gradient of the input, two for the gradient of the
 * weights.
 * @throws LexelError if the network is invalid
 */
export function layerTable(network: Network): LayerCost[] {
  const counts = new Map<string, number>();
  for (const { layer, shape } of parameterSpecs(network)) {
    counts.set(layer, (counts.get(layer) ?? 0) + product(shape));
  }
  return trace(network).map(({ layer, input, output }) => ({
    name: layerName(layer),
    type: typeText(layer),
    shape: output,
    parameters: 'name' in layer ? (counts.get(layer.name) ?? 0) : 0,
    multiplyAdds: multiplyAdds(layer, input, output),
  }));
}

/** Multiply-adds of one image's forward pass, counted as in {@link layerTable}. */
export function countMultiplyAdds(network: Network): number {
  return layerTable(network).reduce((sum, row) => sum + row.multiplyAdds, 0);
}

function multiplyAdds(layer: Layer, input: Shape, output: Shape): number {
  switch (layer.type) {
    case 'conv': {
      const perOutput = layer.kernel ** 2 * (layer.depthwise ? 1 : input[2]);
      return perOutput * product(output);
    }
    case 'squeeze-excite':
      return 2 * input[2] * layer.hidden;
    case 'linear':
      return input[2] * layer.out;
    case 'batch-norm':
    case 'activation':
    case 'residual':
    case 'global-average-pool':
    case 'dropout':
      return 0;
    default:
      return layer satisfies never;
  }
}

function typeText(layer: Layer): string {
  switch (layer.type) {
    case 'conv': {
      const stride = layer.stride === 1 ? '' : ` /${layer.stride}`;
      return `${layer.depthwise ? 'depthwise' : 'conv'} ${layer.kernel}x${layer.kernel}${stride}`;
    }
    case 'squeeze-excite':
      return `squeeze-excite ${layer.hidden}`;
    case 'activation':
      return layer.fn;
    case 'dropout':
      return `dropout ${layer.rate}`;
    case 'residual':
      return 'sum';
    default:
      return layer.type;
  }
}
