/** What a network costs: parameters and multiply-adds, layer by layer. */

import { parameterSpecs, product } from './parameters.js';
import { layerName, trace } from './trace.js';
import type { Layer, Network, Shape } from './types.js';

export interface LayerCost {
  /** The layer's name, or for a nameless one what it is. */
  readonly name: string;
  /** "conv 3x3 /2", "depthwise 5x5", "batch-norm", "sum", "hard-swish", ... */
  readonly type: string;
  /** Output, [height, width, channels]. */
  readonly shape: Shape;
  readonly parameters: number;
  /** Per image, forward. */
  readonly multiplyAdds: number;
}

/**
 * One row a layer, in the order of execution. Multiply-adds count what convolutions and fully connected layers
 * do, those inside squeeze-excite included; normalisation, activations, pooling and sums count nothing (the usual
 * convention, and the one by which the published numbers come out). A training step is about six operations per
 * multiply-add: two each forward, for the gradient of the input and for that of the weights.
 * @throws LexelError when the network does not validate
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

/** Multiply-adds of one image's forward pass; see {@link layerTable} for what counts. */
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
