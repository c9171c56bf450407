/**
 * The kernels for 64-bit Arm (NEON), cross-compiled and run in an emulator, compared with the x86 baseline.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../src/binding/native.js';
import type { Buffer } from '../../src/engine/buffers.js';
import { DYNAMIC, DYNAMIC_FIELDS } from '../../src/engine/constants.js';
import {
  compile,
  type Machine,
  openBackend,
  type Plan,
  type TrainingOptions,
  usualOptimizer,
} from '../../src/engine/index.js';
import { normalisationOf } from '../../src/engine/normalisation.js';
import { copyIn, weightRegions } from '../../src/engine/state.js';
import { initialise, type Network } from '../../src/nn/index.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { withVariant } from './backends.js';
import { ADAMW, PLAIN, relativeError } from './compare.js';
import { type Block, layersOf } from './problems.js';

const COMPILER = 'aarch64-linux-gnu-g++';
const EMULATOR = 'qemu-aarch64';
const runs = (tool: string) => spawnSync(tool, ['--version']).status === 0;
const missing = [COMPILER, EMULATOR].filter((tool) => !runs(tool));
const { addon, problem } = loadNative();
const why =
  problem ??
  (missing.length > 0
    ? `${missing.join(' and ')} not installed`
    : addon?.supported().includes('baseline')
      ? ''
      : 'the addon has no baseline to compare with; build it with --all');
if (why) console.warn(`skipped: NEON (${why})`);

const source = fileURLToPath(new URL('../native/program.cc', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lexel-neon-'));
const driver = join(folder, 'program');
afterAll(() => rmSync(folder, { recursive: true }));

const conv = (kernel: 1 | 3 | 5, stride: 1 | 2, out: number, depthwise = false): Block => ({
  kind: 'conv',
  kernel,
  stride,
  depthwise,
  out,
  norm: true,
  act: 'silu',
});
const squeeze: Block = { kind: 'squeeze', hidden: 3, activation: 'hard-swish', gate: 'sigmoid' };
/**
 * All kinds of operations, channel counts that are not multiples of the vector width, and one image more than
 * divides evenly into tiles.
 */
const NETWORKS: Record<string, Block[]> = {
  'convolutions of every kind': [
    conv(3, 1, 11),
    conv(1, 1, 24),
    conv(3, 1, 0, true),
    conv(5, 2, 0, true),
    conv(1, 2, 17),
    conv(5, 1, 8),
  ],
  'gates, sums and dropout': [
    conv(3, 2, 12),
    { kind: 'residual', body: [conv(1, 1, 30), conv(3, 1, 0, true), squeeze], shortcut: 'identity' },
    { kind: 'dropout', rate: 0.3 },
    { kind: 'residual', body: [conv(1, 1, 12), squeeze], shortcut: 'conv' },
  ],
};
const BATCH = 19;
const SIZE = 9;
const TRAINING: Record<string, TrainingOptions> = {
  'a step of AdamW on squared error': {
    ...ADAMW,
    weightDecay: 0.01,
    ema: 0.9,
    clip: 0.5,
  },
  'a step of SGD on the cosine': { ...PLAIN, ...usualOptimizer('sgd'), loss: 'cosine' },
};

const random = new Random(deriveKey(11, 'neon'));
const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());

/** Fills the arena for a step: initial weights, random images and targets, the step's scalars. */
async function fill(machine: Machine, plan: Plan): Promise<void> {
  const { regions } = plan;
  const { dynamic, targets } = regions.training!;
  const start = initialise(plan.network, 1);
  await copyIn(start, machine, weightRegions(plan));
  const normalisation = normalisationOf({ mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] });
  await machine.write(regions.normalisation.offset, normalisation);
  const pixels = Uint8Array.from({ length: BATCH * SIZE ** 2 * 3 }, () => random.below(256));
  await machine.write(regions.pixels.offset, pixels);
  await machine.write(targets.offset, normals(targets.floats));
  const scalars = new Float32Array(DYNAMIC_FIELDS);
  scalars[DYNAMIC.learningRate] = 0.01;
  scalars[DYNAMIC.correction1] = 10;
  scalars[DYNAMIC.correction2] = 1000;
  scalars[DYNAMIC.averageRate] = 1;
  scalars[DYNAMIC.runningRate] = 0.1;
  await machine.write(dynamic.offset, scalars);
}

describe.skipIf(why)('NEON', () => {
  beforeAll(() => {
    const flags = [
      '-std=c++17',
      '-O2',
      '-ffp-contract=fast',
      '-static',
      '-pthread',
      '-Wall',
      '-Wextra',
      '-Wno-psabi',
    ];
    const built = spawnSync(COMPILER, [...flags, source, '-o', driver], { encoding: 'utf8' });
    expect(built.stderr).toBe('');
    expect(built.status).toBe(0);
  }, 600_000);

  describe.each(Object.keys(TRAINING))('%s', (training) => {
    it.each(Object.keys(NETWORKS))('%s', (name) =>
      withVariant({ name: '', backend: 'native', isa: 'baseline' }, async () => {
        const layers = [
          ...layersOf(NETWORKS[name]),
          { type: 'global-average-pool' } as const,
          { type: 'linear', name: 'last', out: 21 } as const,
        ];
        const network: Network = { name, size: SIZE, outputs: 21, layers };
        const plan = compile(network, BATCH, TRAINING[training]);
        const { floats, program } = plan;
        const machine = await openBackend('native').allocate({ floats, programs: [program], threads: 1 });
        await fill(machine, plan);
        const [query, rows] = [50, 7];
        const vector = normals(query);
        const matrix = normals(query * rows);
        const head = Int32Array.of(floats, program.length, query, rows);
        const parts = [head, await machine.read(0, floats), program, vector, matrix];
        const [input, output] = [join(folder, 'in'), join(folder, 'out')];
        writeFileSync(input, concat(parts));
        const ran = spawnSync(EMULATOR, [driver, input, output], { encoding: 'utf8' });
        expect(ran.stderr).toBe('');
        expect(ran.status).toBe(0);
        await machine.run(0);
        const arena = await machine.read(0, floats);

        const bytes = readFileSync(output);
        const result = new Float32Array(bytes.buffer, bytes.byteOffset, floats + rows);
        const { regions } = plan;
        const { gradients, loss, averages } = regions.training!;
        const largest = arena
          .subarray(gradients.offset, gradients.offset + gradients.floats)
          .reduce((most, g) => Math.max(most, Math.abs(g)), 0);
        const compare = (region: Buffer, at: number, count: number, floor: number) => {
          const from = region.offset + at;
          const want = arena.subarray(from, from + count);
          return relativeError(result.subarray(from, from + count), want, floor);
        };
        expect(compare(loss, 0, 1, 0)).toBeLessThan(1e-5);
        for (const slot of plan.parameters) {
          // Gradients that cancel are compared relative to the others' size (compare.ts).
          expect(compare(gradients, slot.at, slot.count, 0.02 * largest), slot.name).toBeLessThan(1e-4);
          for (const region of [regions.weights, averages?.weights]) {
            // Adam scales them up to full-size steps.
            if (region) expect(compare(region, slot.at, slot.count, 1), slot.name).toBeLessThan(1e-3);
          }
        }
        for (const slot of plan.buffers) {
          for (const region of [regions.running, averages?.running]) {
            if (region) expect(compare(region, slot.at, slot.count, 0.01), slot.name).toBeLessThan(1e-4);
          }
        }
        const scores = result.subarray(floats);
        for (let r = 0; r < rows; r++) {
          const want = vector.reduce((sum, v, i) => sum + v * matrix[r * query + i], 0);
          expect(scores[r]).toBeCloseTo(want, 4);
        }
      }),
    );
  });
});

function concat(parts: readonly (Int32Array | Float32Array)[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
}
