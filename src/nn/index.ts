/** Networks as plain data: builders, shapes, costs, parameters, initialisation and figures. */

export { NETWORK_BOUNDS } from './bounds.js';
export { buildNetwork, NETWORK_NAMES } from './build.js';
export { countMultiplyAdds, type LayerCost, layerTable } from './cost.js';
export { describe } from './describe.js';
export { type EfficientNetOptions, efficientnetB0 } from './efficientnet.js';
export { architectureFigure } from './figure.js';
export { type Initialisation, initialise, type Weights } from './initialise.js';
export {
  LITE_CANDIDATES,
  LITE_DEFAULT,
  type LiteBlock,
  type LiteFamily,
  type LiteStage,
  lite,
  liteFamily,
} from './lite.js';
export { micronet } from './micronet.js';
export type { NetworkOptions } from './options.js';
export {
  type BufferSpec,
  bufferSpecs,
  countParameters,
  type ParameterKind,
  type ParameterSpec,
  parameterSpecs,
  product,
  validate,
} from './parameters.js';
export { networkSchema, parseNetwork } from './schema.js';
export { shapes, type TracedLayer, trace } from './trace.js';
export type { Activation, Layer, Network, Shape } from './types.js';
