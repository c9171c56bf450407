/** A compiled forward pass in evaluation mode. */

import type { Network } from '../nn/index.js';
import { createMachine, type Machine } from './backend.js';
import { writeNormalisation } from './normalisation.js';
import { compile, type Plan } from './plan.js';
import { copyIn } from './state.js';
import type { EngineOptions, Predictor, StateDict } from './types.js';

/**
 * Compiles `network` for evaluation: running statistics, no dropout. Load weights before predicting.
 * @throws LexelError when the network or the backend does not fit
 */
export async function createPredictor(
  network: Network,
  batch: number,
  engine: EngineOptions,
): Promise<Predictor> {
  return new CompiledPredictor(compile(network, batch, null), engine);
}

class CompiledPredictor implements Predictor {
  readonly batch: number;
  private readonly machine: Machine;

  constructor(
    private readonly plan: Plan,
    engine: EngineOptions,
  ) {
    this.batch = plan.batch;
    this.machine = createMachine(engine.backend, plan.floats, plan.scratch, engine.threads ?? 1, [
      plan.prepare,
      plan.program,
    ]);
    writeNormalisation(this.machine.arena, plan.regions.normalisation, engine);
  }

  load(weights: StateDict): void {
    const { regions, parameters, buffers } = this.plan;
    copyIn(weights, this.machine.arena, regions.weights, parameters);
    copyIn(weights, this.machine.arena, regions.running, buffers);
    this.machine.run(0);
  }

  predict(pixels: Uint8Array): Float32Array {
    const { arena } = this.machine;
    const { network, regions, batch } = this.plan;
    const image = network.size * network.size * 3;
    if (pixels.length % image !== 0) {
      throw new Error(
        `predict: ${pixels.length} bytes are no whole number of ${network.size}x${network.size} images`,
      );
    }
    const count = pixels.length / image;
    const outputs = new Float32Array(count * network.outputs);
    const input = new Uint8Array(arena.buffer, arena.byteOffset + regions.pixels.offset * 4, batch * image);
    for (let first = 0; first < count; first += batch) {
      const n = Math.min(batch, count - first);
      input.set(pixels.subarray(first * image, (first + n) * image));
      this.machine.run(1);
      const at = regions.output.offset;
      outputs.set(arena.subarray(at, at + n * network.outputs), first * network.outputs);
    }
    return outputs;
  }
}
