/**
 * Initial weights. Each array has its own random stream, keyed by (seed, fold, array name), so the initial
 * values of a layer do not depend on the other layers.
 */

import { fillNormal, fillUniform } from '../util/fill.js';
import { deriveKey, type Key } from '../util/random.js';
import { bufferSpecs, type ParameterSpec, parameterSpecs, product } from './parameters.js';
import type { Network } from './types.js';

/**
 * - default: convolutions and squeeze-excite weights are normal with variance 2 / fan-out (He et al.,
 *   "Delving deep into rectifiers", ICCV 2015, eq. 14; fan-out is k * k * out for depthwise convolutions too,
 *   as in PyTorch and in MicroNet's code), batch norm is 1 and 0, the last layer is normal with standard
 *   deviation 0.01, and all biases are 0
 * - pytorch: PyTorch's defaults: weights and biases are uniform in +-1 / sqrt(fan-in), batch norm is 1 and 0
 */
export type Initialisation = 'default' | 'pytorch';

/** Arrays by name, in the form that the engine takes. */
export type Weights = Map<string, { shape: number[]; data: Float32Array }>;

/**
 * Weights, biases and running statistics (0 and 1) of an untrained network.
 * @param seed any non-negative safe integer
 * @param fold id of the held-out group, so that every fold starts from different weights; "" if there is none
 * @throws LexelError if the network is invalid
 */
export function initialise(
  network: Network,
  seed: number,
  kind: Initialisation = 'default',
  fold = '',
): Weights {
  const draw = kind === 'pytorch' ? pytorchStart : defaultStart;
  const weights: Weights = new Map();
  for (const spec of parameterSpecs(network)) {
    const data = new Float32Array(product(spec.shape));
    draw(spec, data, deriveKey(seed, 'initialise', fold, spec.name));
    weights.set(spec.name, { shape: [...spec.shape], data });
  }
  for (const { name, shape, kind: role } of bufferSpecs(network)) {
    const data = new Float32Array(product(shape)).fill(role === 'running-var' ? 1 : 0);
    weights.set(name, { shape: [...shape], data });
  }
  return weights;
}

function defaultStart(spec: ParameterSpec, data: Float32Array, key: Key): void {
  switch (spec.kind) {
    case 'conv':
    case 'depthwise':
    case 'se-weight':
      fillNormal(data, key, Math.sqrt(2 / spec.fanOut));
      break;
    case 'linear-weight':
      fillNormal(data, key, 0.01);
      break;
    case 'bn-weight':
      data.fill(1);
      break;
  }
}

function pytorchStart(spec: ParameterSpec, data: Float32Array, key: Key): void {
  if (spec.kind === 'bn-weight') data.fill(1);
  else if (spec.kind !== 'bn-bias') fillUniform(data, key, 1 / Math.sqrt(spec.fanIn));
}
