/** Smooth activations of inputs near the limits of float32 reach the functions' limits and are never NaN. */
import { expect, it } from 'vitest';
import { createPredictor } from '../../src/engine/index.js';
import type { Network } from '../../src/nn/index.js';
import { VARIANTS, withVariant } from './backends.js';

const SIZE = 4;
for (const variant of VARIANTS) {
  it.each([1e-3, 1e-6, 1e-12, 1e-30])(`${variant.name}: activations of inputs up to 0.5 / %d`, (std) =>
    withVariant(variant, async () => {
      for (const fn of ['silu', 'sigmoid', 'hard-swish'] as const) {
        const network: Network = {
          name: 'extremes',
          size: SIZE,
          outputs: 3,
          layers: [
            { type: 'activation', fn },
            { type: 'global-average-pool' },
            { type: 'linear', name: 'last', out: 3 },
          ],
        };
        const weights = new Map([
          ['last.weight', { shape: [3, 3], data: Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]) }],
          ['last.bias', { shape: [3], data: new Float32Array(3) }],
        ]);
        const predictor = await createPredictor(network, 1, {
          mean: [0.5, 0.5, 0.5],
          std: [std, std, std],
          backend: variant.backend,
        });
        await predictor.load(weights);
        const pixels = new Uint8Array(SIZE * SIZE * 3).map((_, i) => [0, 255, 128][i % 3]);
        const [low, high, middle] = await predictor.predict(pixels);
        const top = 0.5 / std;
        const limit = { silu: [0, top], sigmoid: [0, 1], 'hard-swish': [0, top] }[fn];
        expect(Math.abs(low - limit[0])).toBeLessThanOrEqual(1e-6);
        expect(high / limit[1]).toBeCloseTo(1, 5);
        expect(Number.isFinite(middle)).toBe(true);
      }
    }),
  );
}
