// Shared by the JavaScript peers: the network and initial weights from Lexel, the generated batch, and the
// timing of steps.
import { createRequire } from 'node:module';
import { buildNetwork, initialise, parameterSpecs } from '../../dist/nn/index.js';
import { textFlags } from '../lib/flags.mjs';
import { madeUp, normalised } from '../lib/made-up.mjs';
import { median } from '../lib/stats.mjs';
import { serve } from './serve.mjs';

/** Loads from bench/js/node_modules, which is separate from Lexel's own dependencies. */
export const load = createRequire(new URL('../js/package.json', import.meta.url));

export const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** @returns the flags, the network, its learned arrays [{ name, kind, shape, data }], and the batch */
export function problem() {
  const values = textFlags({ net: 'lite', batch: '32', backend: 'wasm' });
  const batch = Number(values.batch);
  const network = buildNetwork(values.net, { outputs: 100 });
  const weights = initialise(network, 0);
  const parameters = parameterSpecs(network).map(({ name, kind }) => ({ name, kind, ...weights.get(name) }));
  const { pixels, targets } = madeUp(network, batch);
  return { backend: values.backend, network, parameters, batch, images: normalised(pixels), targets };
}

/** Serves "run n". @param step runs one whole training step; returns the loss before the update */
export async function serveSteps(batch, step, warmup = 2) {
  const first = await step();
  for (let i = 1; i < warmup; i++) await step();
  await serve({
    run: async (steps) => {
      const times = [];
      let loss = 0;
      for (let i = 0; i < Number(steps); i++) {
        const start = performance.now();
        loss = await step();
        times.push(performance.now() - start);
      }
      if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
      return { step_ms: times, images_per_second: (batch / median(times)) * 1000, loss, first_loss: first };
    },
  });
}
