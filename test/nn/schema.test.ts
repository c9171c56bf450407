/** Networks as JSON: every kind of layer goes through the schema as it is. */

import { expect, it } from 'vitest';
import { parseNetwork } from '../../src/nn/index.js';
import type { Layer } from '../../src/nn/types.js';

/** One of each: a kind of layer that is not here does not compile. */
const EXAMPLES: { readonly [Kind in Layer['type']]: Extract<Layer, { type: Kind }> } = {
  conv: { type: 'conv', name: 'conv', out: 8, kernel: 3, stride: 2, depthwise: false },
  'batch-norm': { type: 'batch-norm', name: 'norm', epsilon: 1e-5, momentum: 0.1 },
  activation: { type: 'activation', fn: 'silu' },
  'squeeze-excite': {
    type: 'squeeze-excite',
    name: 'squeeze',
    hidden: 2,
    activation: 'relu',
    gate: 'sigmoid',
  },
  residual: { type: 'residual', name: 'sum', body: [{ type: 'activation', fn: 'relu' }], shortcut: [] },
  'global-average-pool': { type: 'global-average-pool' },
  dropout: { type: 'dropout', rate: 0.2 },
  linear: { type: 'linear', name: 'last', out: 5 },
};

it('every kind of layer is read as it was written', () => {
  const network = { name: 'all', size: 8, outputs: 5, layers: Object.values(EXAMPLES) };
  expect(parseNetwork(JSON.parse(JSON.stringify(network)), 'all.json')).toEqual(network);
});
