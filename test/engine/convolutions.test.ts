/** Every convolution kernel, forward and backward, on every backend, compared with the float64 reference. */

import fc from 'fast-check';
import { describe, it } from 'vitest';
import { checkBlocks } from './check.js';
import { ALL_ACTIVATIONS, anyAct, anyChannels, anyConv, type Block } from './problems.js';

const KERNELS = [1, 3, 5] as const;
const STRIDES = [1, 2] as const;
const SHAPES = [false, true].flatMap((depthwise) =>
  KERNELS.flatMap((kernel) => STRIDES.map((stride) => ({ depthwise, kernel, stride }))),
);

describe('convolutions', () => {
  it.each(SHAPES)('kernel $kernel, stride $stride, depthwise $depthwise', async (shape) => {
    const conv = anyConv(shape);
    // Inputs: the images themselves, a stored value, and values with pending parts.
    const blocks = fc.oneof(
      fc.tuple(conv),
      fc.tuple(anyConv({ kernel: 1, stride: 1, norm: false, act: null }), conv),
      fc.tuple(anyConv({ kernel: 1, stride: 1 }), conv),
      fc.tuple(anyConv({ kernel: 3, stride: 1, norm: true }), conv, anyConv()),
    );
    await checkBlocks(blocks, 20);
  });

  it('several in a row, without batch norm', async () => {
    const bare = anyConv({ norm: false });
    await checkBlocks(fc.array(bare, { minLength: 2, maxLength: 4 }), 30);
  });

  it.each(ALL_ACTIVATIONS)('with %s before and after it', async (act) => {
    const between: fc.Arbitrary<Block[]> = fc.tuple(
      anyConv({ stride: 1, act }),
      anyConv({ act, depthwise: true }),
      anyConv({ act, norm: true }),
    );
    await checkBlocks(between, 15);
  });

  it('after any number of activations', async () => {
    const acts = fc.array(anyAct, { maxLength: 3 });
    const blocks = fc.tuple(acts, anyConv(), acts, anyConv(), acts).map((parts) => parts.flat());
    await checkBlocks(blocks, 40);
  });

  it('channel counts around every vector width', async () => {
    const out = anyChannels;
    const blocks = fc
      .tuple(out, out, fc.constantFrom(...KERNELS))
      .chain(([a, b, kernel]) =>
        fc.tuple(
          anyConv({ out: a, kernel: 1, stride: 1 }),
          anyConv({ out: b, kernel, depthwise: false, norm: true }),
          anyConv({ kernel, depthwise: true }),
        ),
      );
    await checkBlocks(blocks, 40);
  });
});
