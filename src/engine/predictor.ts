/** A compiled forward pass in evaluation mode. */

import type { Network } from '../nn/types.js';
import { LexelError } from '../util/errors.js';
import { Turns } from '../util/turns.js';
import type { Machine } from './backend.js';
import { disposeOnError, machineFor } from './machine.js';
import { normalisationOf } from './normalisation.js';
import { compile, type Plan } from './plan.js';
import { copyIn, weightRegions } from './state.js';
import type { OpenEngine, Predictor, StateDict } from './types.js';

/** Indices of the plan's programs in the machine. */
const [PREPARE, PREDICT] = [0, 1];

/**
 * Compiles `network` for evaluation, with running statistics and without dropout. Load weights before
 * predicting.
 * @throws LexelError if the network cannot be compiled or there is not enough memory
 */
export async function compilePredictor(
  network: Network,
  batch: number,
  engine: OpenEngine,
): Promise<Predictor> {
  const plan = compile(network, batch, null);
  const machine = await machineFor(engine, plan.floats, [plan.prepare, plan.program]);
  return disposeOnError(machine, async () => {
    await machine.write(plan.regions.normalisation.offset, normalisationOf(engine));
    return new CompiledPredictor(plan, machine);
  });
}

class CompiledPredictor implements Predictor {
  readonly batch: number;
  private readonly calls = new Turns();

  constructor(
    private readonly plan: Plan,
    private readonly machine: Machine,
  ) {
    this.batch = plan.batch;
  }

  load(weights: StateDict): Promise<void> {
    return this.calls.queue(async () => {
      await copyIn(weights, this.machine, weightRegions(this.plan));
      await this.machine.run(PREPARE);
    });
  }

  async predict(pixels: Uint8Array): Promise<Float32Array> {
    const { network, regions, batch } = this.plan;
    const image = network.size * network.size * 3;
    if (pixels.length % image !== 0) {
      throw new LexelError(
        `predict: ${pixels.length} bytes are not a multiple of the size of a ${network.size}x${network.size} image`,
      );
    }
    const count = pixels.length / image;
    const outputs = new Float32Array(count * network.outputs);
    return this.calls.queue(async () => {
      for (let first = 0; first < count; first += batch) {
        const n = Math.min(batch, count - first);
        await this.machine.write(regions.pixels.offset, pixels.subarray(first * image, (first + n) * image));
        await this.machine.run(PREDICT);
        outputs.set(
          await this.machine.read(regions.output.offset, n * network.outputs),
          first * network.outputs,
        );
      }
      return outputs;
    });
  }

  dispose(): Promise<void> {
    return this.calls.queue(async () => this.machine.dispose());
  }
}
