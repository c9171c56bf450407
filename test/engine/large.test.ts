/**
 * Shapes larger than one chunk of rows, one tile, one channel block and one panel, compared with the float64
 * reference.
 */

import { describe, expect, it } from 'vitest';
import type { Layer } from '../../src/nn/index.js';
import { checkProblem } from './check.js';
import { type Block, layersOf } from './problems.js';

const conv = (kernel: 1 | 3 | 5, stride: 1 | 2, out: number): Block => ({
  kind: 'conv',
  kernel,
  stride,
  out,
  depthwise: false,
  norm: true,
  act: 'silu',
});
const depthwise = (kernel: 1 | 3 | 5, stride: 1 | 2): Block => ({
  kind: 'conv',
  kernel,
  stride,
  out: 0,
  depthwise: true,
  norm: true,
  act: 'silu',
});
const squeeze = (hidden: number): Block => ({ kind: 'squeeze', hidden, activation: 'silu', gate: 'sigmoid' });

/** Image size, batch size and blocks of each case. */
const LARGE: Record<string, [number, number, Block[]]> = {
  'wide 1x1 convolutions on one pixel': [
    1,
    17,
    [conv(1, 1, 300), conv(1, 1, 1152), squeeze(48), conv(1, 1, 320)],
  ],
  'wide 3x3 and depthwise convolutions': [3, 3, [conv(1, 1, 1152), depthwise(3, 1), conv(3, 2, 70)]],
  'more rows than a chunk holds': [
    32,
    2,
    [conv(3, 1, 16), conv(1, 1, 96), depthwise(3, 2), squeeze(8), conv(1, 1, 24)],
  ],
  'depthwise in several blocks of channels': [
    32,
    2,
    [conv(1, 2, 100), depthwise(5, 1), depthwise(5, 2), depthwise(3, 1)],
  ],
  'wide depthwise on large images': [32, 1, [conv(1, 1, 40), depthwise(5, 1), depthwise(5, 2)]],
  'large images, dense': [32, 2, [conv(5, 2, 17), conv(3, 1, 33), conv(3, 2, 20)]],
  'images that fill the tiles unevenly': [
    5,
    37,
    [
      conv(3, 1, 9),
      { kind: 'residual', body: [conv(1, 1, 20), depthwise(3, 1), squeeze(3)], shortcut: 'conv' },
    ],
  ],
  'many images': [
    4,
    130,
    [
      conv(3, 1, 20),
      depthwise(3, 2),
      squeeze(5),
      { kind: 'residual', body: [conv(1, 1, 20)], shortcut: 'identity' },
    ],
  ],
};

describe('large shapes', () => {
  it.each(Object.keys(LARGE))('%s', async (name) => {
    const [size, batch, blocks] = LARGE[name];
    const layers: Layer[] = [
      ...layersOf(blocks),
      { type: 'global-average-pool' },
      { type: 'linear', name: 'last', out: 50 },
    ];
    const network = { name, size, outputs: 50, layers };
    expect(await checkProblem({ network, batch, loss: 'mse', seed: 3 }, 2)).toBe(true);
  });
});
