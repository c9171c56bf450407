/** 3x3 convolutions of stride 1 by Winograd's algorithm: when it is chosen, and how accurate it is. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/engine/index.js';
import type { OpArguments } from '../../src/engine/ops.js';
import { winogradTiles } from '../../src/engine/tiling.js';
import { buildNetwork } from '../../src/nn/index.js';
import { SEED } from './check.js';
import { deviations, PLAIN, TOLERANCE } from './compare.js';
import { anyConv, anyProblem, type Block, layersOf, type Problem } from './problems.js';

const conv = (out: number): Block => ({
  kind: 'conv',
  kernel: 3,
  stride: 1,
  depthwise: false,
  out,
  norm: true,
  act: 'silu',
});
/** A network of two convolutions on maps of `size`, the second one from `channels` to `out` channels. */
function problem(size: number, batch: number, channels: number, out: number): Problem {
  const layers = layersOf([conv(channels), conv(out)]);
  const tail = [{ type: 'global-average-pool' }, { type: 'linear', name: 'last', out: 3 }] as const;
  const network = { name: 'winograd', size, outputs: 3, layers: [...layers, ...tail] };
  return { network, batch, loss: 'mse', seed: 5 };
}
const opsOf = ({ network, batch }: Problem) => compile(network, batch, PLAIN).ops.map(({ name }) => name);

describe("Winograd's convolution", () => {
  it('is chosen for enough channels and maps that blocks of 4 x 4 fill', () => {
    expect(opsOf(problem(8, 4, 16, 16))).toContain('winogradForward');
    expect(opsOf(problem(8, 4, 16, 16))).toContain('winogradBackward');
    for (const direct of [
      problem(8, 4, 15, 16),
      problem(8, 4, 16, 15),
      problem(5, 4, 16, 16),
      problem(2, 4, 64, 64),
    ]) {
      expect(opsOf(direct)).not.toContain('winogradForward');
      expect(opsOf(direct)).toContain('denseBackward');
    }
  });

  it('transforms some images at a time, in tiles of at least 32 blocks', () => {
    const maps = (size: number, channels: number) => ({ height: size, width: size, channels, out: channels });
    expect(winogradTiles(128, maps(16, 16))).toEqual({ tiles: 16, group: 3 });
    expect(winogradTiles(128, maps(4, 64))).toEqual({ tiles: 4, group: 32 });
    expect(winogradTiles(1, maps(4, 64))).toEqual({ tiles: 1, group: 1 });
  });

  it('handles a group with fewer blocks than a product tile has rows, before another tile', async () => {
    // 13 images per tile: a group of 12, then one image of four blocks.
    const thirteen = problem(8, 208, 16, 16);
    expect(winogradTiles(208, { height: 8, width: 8, channels: 16, out: 16 })).toEqual({
      tiles: 16,
      group: 12,
    });
    const found = await deviations(thirteen);
    expect(found![0].error, found![0].where).toBeLessThan(TOLERANCE);
  });

  it('agrees with the reference for any map size and channel count', async () => {
    const blocks = fc
      .tuple(
        anyConv({ kernel: 3, stride: 1, depthwise: false }),
        fc.integer({ min: 16, max: 40 }),
        fc.integer({ min: 16, max: 40 }),
      )
      .map(([first, channels, out]): Block[] => [
        { ...first, out: channels } as Block,
        conv(out),
        conv(channels),
      ]);
    const size = fc.constantFrom(4, 6, 7, 8, 10, 11, 12, 13);
    const runs = fc.tuple(anyProblem(blocks), size, fc.integer({ min: 1, max: 20 })).map(
      ([drawn, extent, batch]): Problem => ({
        ...drawn,
        batch,
        network: { ...drawn.network, size: extent },
      }),
    );
    const property = fc.asyncProperty(runs, async (drawn) => {
      expect(opsOf(drawn)).toContain('winogradBackward');
      const found = await deviations(drawn);
      fc.pre(found !== null);
      expect(found?.[0].error, found?.[0].where).toBeLessThan(TOLERANCE);
    });
    await fc.assert(property, { numRuns: 12, seed: SEED });
  });

  it('adds up the groups of a tile', async () => {
    const several = problem(16, 65, 16, 16);
    const { args } = compile(several.network, several.batch, PLAIN).ops.find(
      ({ name }) => name === 'winogradBackward',
    ) as { args: OpArguments<'winogradBackward'> };
    // The last tiles have fewer images than the others, and their last group is smaller than the others.
    expect(args).toMatchObject({ images: 65, tiles: 16, group: 3 });
    const found = await deviations(several);
    expect(found![0].error, found![0].where).toBeLessThan(TOLERANCE / 10);
  });

  it('runs a step of lite at its training batch size', async () => {
    // SiLU instead of ReLU: among so many values, some would be too near ReLU's kink.
    const smooth = JSON.stringify(buildNetwork('lite', { outputs: 100 })).replaceAll('"relu"', '"silu"');
    const found = await deviations({ network: JSON.parse(smooth), batch: 128, loss: 'mse', seed: 3 });
    expect(found![0].error, found![0].where).toBeLessThan(1e-5);
  });

  it('is accurate to a few units in the last place', async () => {
    const found = await deviations(problem(8, 16, 64, 64));
    // The largest observed error is 7e-7; the usual points 0, ±1 and ±2 double it.
    expect(found![0].error, found![0].where).toBeLessThan(1.5e-6);
  });
});
