/**
 * Compares the time of each operation of a training step with a lower bound for the machine (Williams,
 * Waterman and Patterson, "Roofline", 2009). The bound ("floor") is the longer of two times: the operation's
 * arithmetic at peak multiply-add speed, and its bytes at copy speed (costs.ts, peaks.ts). Small tensors that
 * are still in a cache can beat the second bound.
 */

import { countMultiplyAdds, initialise, type Network } from '../nn/index.js';
import type { EngineInfo, Machine } from './backend.js';
import type { BackendChoice } from './backend-names.js';
import { openBackend } from './backends/index.js';
import { DYNAMIC, DYNAMIC_FIELDS } from './constants.js';
import { costOf } from './costs.js';
import { normalisationOf } from './normalisation.js';
import type { OpName } from './ops.js';
import { usualOptimizer } from './optimizers.js';
import { measurePeaks, type Peaks } from './peaks.js';
import { compile, type Plan } from './plan.js';
import { copyIn, weightRegions } from './state.js';
import type { TrainingOptions } from './types.js';

export interface RooflineRow {
  readonly op: OpName;
  /** The layer's name. */
  readonly label: string;
  readonly operations: number;
  readonly bytes: number;
  /** Lower bound in seconds. */
  readonly floor: number;
  /** Measured seconds, median of the repeats. */
  readonly measured: number;
}

export interface Roofline {
  readonly engine: EngineInfo;
  readonly network: string;
  readonly batch: number;
  readonly threads: number;
  readonly peaks: Peaks;
  /** One row per operation, in the order of execution. */
  readonly rows: readonly RooflineRow[];
  /** Sums over the rows; `measured` is the time of a whole step run as one program. */
  readonly step: { operations: number; bytes: number; floor: number; rows: number; measured: number };
  readonly imagesPerSecond: number;
  /**
   * (6 operations per multiply-add of the network) x speed / peak. Recomputation and other operations do not
   * count.
   */
  readonly shareOfPeak: number;
}

export interface RooflineOptions {
  readonly batch: number;
  readonly threads?: number;
  readonly backend?: BackendChoice;
  /** Timed runs, after two warm-up runs. Default 7. */
  readonly repeats?: number;
}

const TRAINING: TrainingOptions = {
  loss: 'mse',
  ...usualOptimizer('adamw'),
  weightDecay: 0.01,
  clip: 0,
  ema: 0,
};

/**
 * Times each operation of a training step (AdamW) of `network`, in order of execution, so that each finds its
 * inputs and the caches as in a real step.
 * @throws LexelError if the network or batch size cannot be compiled or the backend is not available
 */
export async function roofline(network: Network, options: RooflineOptions): Promise<Roofline> {
  const { batch, threads = 1, repeats = 7 } = options;
  const backend = openBackend(options.backend);
  const plan = compile(network, batch, TRAINING);
  const programs = [plan.program, ...splitProgram(plan)];
  const machine = await backend.allocate({ floats: plan.floats, programs, threads });
  await fill(machine, plan);
  const peaks = await measurePeaks(backend, threads);
  const times = programs.map((): number[] => []);
  for (let round = -2; round < repeats; round++) {
    for (let p = 0; p < programs.length; p++) {
      const start = performance.now();
      await machine.run(p);
      if (round >= 0) times[p].push((performance.now() - start) / 1000);
    }
  }
  await machine.dispose();
  const [whole, ...single] = times.map(median);
  const rows = plan.ops.map((op, i): RooflineRow => {
    const { operations, bytes } = costOf(op);
    const floor = Math.max(operations / peaks.operations, bytes / peaks.bytes);
    return { op: op.name, label: op.label, operations, bytes, floor, measured: single[i] };
  });
  const sum = (key: 'operations' | 'bytes' | 'floor' | 'measured') =>
    rows.reduce((total, row) => total + row[key], 0);
  const imagesPerSecond = batch / whole;
  return {
    engine: backend.info,
    network: network.name,
    batch,
    threads,
    peaks,
    rows,
    step: {
      operations: sum('operations'),
      bytes: sum('bytes'),
      floor: sum('floor'),
      rows: sum('measured'),
      measured: whole,
    },
    imagesPerSecond,
    shareOfPeak: (6 * countMultiplyAdds(network) * imagesPerSecond) / peaks.operations,
  };
}

/** One program per operation. A program is a sequence of [opcode, words, arguments...]. */
function splitProgram({ program }: Plan): Int32Array[] {
  const parts: Int32Array[] = [];
  for (let at = 0; at < program.length; at += program[at + 1]) {
    parts.push(program.slice(at, at + program[at + 1]));
  }
  return parts;
}

/** Initial weights, arbitrary images, and a learning rate of 0, so that runs do not change the weights. */
async function fill(machine: Machine, plan: Plan): Promise<void> {
  const { regions, network, batch } = plan;
  const { dynamic, targets } = regions.training!;
  const start = initialise(network, 1);
  await copyIn(start, machine, weightRegions(plan));
  const normalisation = normalisationOf({ mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] });
  await machine.write(regions.normalisation.offset, normalisation);
  const pixels = Uint8Array.from(
    { length: batch * network.size ** 2 * 3 },
    (_, i) => (i * 2654435761) >>> 24,
  );
  await machine.write(regions.pixels.offset, pixels);
  const values = Float32Array.from({ length: batch * network.outputs }, (_, i) => Math.sin(i));
  await machine.write(targets.offset, values);
  const scalars = new Float32Array(DYNAMIC_FIELDS);
  scalars[DYNAMIC.correction1] = 1;
  scalars[DYNAMIC.correction2] = 1;
  scalars[DYNAMIC.runningRate] = 0.1;
  await machine.write(dynamic.offset, scalars);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
