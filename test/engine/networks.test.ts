/** Whole small networks with values that stay pending across layers, compared with the float64 reference. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Layer, Network } from '../../src/nn/index.js';
import { checkBlocks, checkProblem } from './check.js';
import { anyAct, anyBlock, anyConv, anyDropout, anyResidual, anySqueeze, type Block } from './problems.js';

const several = (block: fc.Arbitrary<Block>, minLength: number, maxLength: number) =>
  fc.array(block, { minLength, maxLength });
const flat = (...parts: fc.Arbitrary<Block | Block[]>[]): fc.Arbitrary<Block[]> =>
  fc.tuple(...parts).map((drawn) => drawn.flat());

describe('squeeze-excite', () => {
  it('after a depthwise convolution, before a projection', () =>
    checkBlocks(
      flat(anyConv({ depthwise: true, norm: true }), anySqueeze, anyConv({ kernel: 1, stride: 1 })),
      40,
    ));
  it('after a projection, before anything', () =>
    checkBlocks(
      flat(anyConv({ kernel: 1, act: null, norm: true }), anySqueeze, several(anyBlock(0), 0, 2)),
      40,
    ));
  it('at the end of a residual body', () => {
    const body = flat(anyConv({ norm: true }), anySqueeze);
    const residual = fc
      .tuple(body, fc.constantFrom('conv' as const, 'identity' as const))
      .map(([body, shortcut]): Block => ({ kind: 'residual', body, shortcut }));
    return checkBlocks(flat(anyConv(), residual, several(anyBlock(0), 0, 1)), 40);
  });
  it('anywhere, twice in a row too', () =>
    checkBlocks(flat(several(anyBlock(0), 0, 2), anySqueeze, several(anySqueeze, 0, 1)), 30));
});

describe('residuals', () => {
  it('of simple layers', () =>
    checkBlocks(flat(several(anyBlock(0), 0, 1), anyResidual(1), several(anyBlock(0), 0, 1)), 60));
  it('in a row', () => checkBlocks(flat(anyConv(), several(anyResidual(1), 2, 3)), 30));
  it('inside residuals', () => checkBlocks(flat(anyConv(), anyResidual(3), several(anyBlock(1), 0, 1)), 60));
});

describe('networks', () => {
  it('of any layers in a row', () => checkBlocks(several(anyBlock(0), 1, 6), 60));
  it('of any layers and residuals', () => checkBlocks(several(anyBlock(2), 1, 4), 60));
  it('with dropout beside any layer', () =>
    checkBlocks(
      flat(several(anyBlock(1), 0, 2), anyDropout, several(anyAct, 0, 1), several(anyBlock(1), 0, 2)),
      40,
    ));
});

/** The smallest form of networks that earlier versions computed wrongly. */
describe('regressions', () => {
  const conv = (name: string): Layer[] => [
    { type: 'conv', name, out: 5, kernel: 3, stride: 1, depthwise: false },
  ];
  const normed = (name: string): Layer[] => [
    ...conv(name),
    { type: 'batch-norm', name: `${name}.bn`, epsilon: 1e-3, momentum: 0.1 },
  ];
  const residual = (name: string, body: Layer[], shortcut: Layer[] = []): Layer => ({
    type: 'residual',
    name,
    body,
    shortcut,
  });
  const squeeze: Layer = {
    type: 'squeeze-excite',
    name: 'se',
    hidden: 2,
    activation: 'silu',
    gate: 'sigmoid',
  };
  const dropout: Layer = { type: 'dropout', rate: 0.5 };
  const NETWORKS: Record<string, Layer[]> = {
    'a residual at the start of an identity residual': [
      ...normed('a'),
      residual('outer', [...normed('b'), residual('inner', normed('c'))]),
    ],
    'a residual as a shortcut': [
      ...conv('a'),
      residual('outer', normed('b'), [residual('inner', normed('c'))]),
    ],
    'dropout at the end of a residual': [...conv('a'), residual('outer', [...normed('b'), dropout])],
    'dropout before the pool': [...conv('a'), dropout],
    'dropout before a gate': [...conv('a'), dropout, squeeze],
    'squeeze-excite on the images': [squeeze, ...conv('a')],
    'dropout on the images': [dropout, ...conv('a')],
    'two activations on the images': [
      { type: 'activation', fn: 'silu' },
      { type: 'activation', fn: 'sigmoid' },
      ...conv('a'),
    ],
    'a residual of an activation on the images': [
      residual('outer', [{ type: 'activation', fn: 'silu' }]),
      ...conv('a'),
    ],
    'no layer before the pool': [],
  };
  it.each(Object.keys(NETWORKS))('%s', async (name) => {
    const layers = [
      ...NETWORKS[name],
      { type: 'global-average-pool' } as const,
      { type: 'linear', name: 'last', out: 4 } as const,
    ];
    const network: Network = { name: 'kept', size: 4, outputs: 4, layers };
    expect(await checkProblem({ network, batch: 3, loss: 'mse', seed: 1 })).toBe(true);
  });
});
