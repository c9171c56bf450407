/** The memory plan: buffers that are live at the same time do not overlap, and little memory is wasted. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadNative } from '../../src/binding/native.js';
import type { Machine } from '../../src/engine/backend.js';
import { openBackend } from '../../src/engine/backends/index.js';
import { Buffer, bufferOf, placeByLifetime, roundUp } from '../../src/engine/buffers.js';
import { compile } from '../../src/engine/index.js';
import { type Op, wordsOfOp } from '../../src/engine/program.js';
import { buildNetwork } from '../../src/nn/index.js';
import { SEED } from './check.js';
import { ADAMW } from './compare.js';

/** Pairs of buffers that are live at the same time and overlap in memory. */
function overlaps(buffers: readonly Buffer[]): string[] {
  const found: string[] = [];
  buffers.forEach((a, i) => {
    for (const b of buffers.slice(0, i)) {
      const together = a.persistent || b.persistent || (a.first <= b.last && b.first <= a.last);
      const touch = a.offset < b.offset + b.floats && b.offset < a.offset + a.floats;
      if (together && touch) found.push(`${a.name} and ${b.name}`);
    }
  });
  return found;
}

/** The largest number of floats that are live at once. */
function peak(buffers: readonly Buffer[]): number {
  const alive = (at: number) =>
    buffers.filter((b) => b.first <= at && at <= b.last).reduce((sum, b) => sum + roundUp(b.floats), 0);
  return Math.max(0, ...buffers.map((b) => alive(b.first)));
}

const anyBuffers = fc.array(
  fc.record({ floats: fc.integer({ min: 1, max: 500 }), first: fc.nat(30), length: fc.nat(12) }),
  { maxLength: 40 },
);

describe('placement by lifetime', () => {
  it('separates buffers that are live at the same time', () => {
    const property = fc.property(anyBuffers, fc.nat(5), (drawn, start) => {
      const buffers = drawn.map(({ floats, first, length }, i) => {
        const buffer = new Buffer(`b${i}`, floats, false);
        buffer.first = first;
        buffer.last = first + length;
        return buffer;
      });
      const end = placeByLifetime(buffers, start * 16);
      expect(overlaps(buffers)).toEqual([]);
      for (const b of buffers) {
        expect(b.offset % 16).toBe(0);
        expect(b.offset).toBeGreaterThanOrEqual(start * 16);
        expect(b.offset + b.floats).toBeLessThanOrEqual(end);
      }
      expect(end - start * 16).toBeGreaterThanOrEqual(peak(buffers));
    });
    fc.assert(property, { numRuns: 300, seed: SEED });
  });
});

/** All buffers that the operations use. */
function buffersOf(ops: readonly Op[]): Buffer[] {
  const all = new Set<Buffer>();
  for (const op of ops) {
    for (const { word } of wordsOfOp(op)) {
      if (word.kind === 'place' && word.place) all.add(bufferOf(word.place));
    }
  }
  return [...all];
}

describe.each(['micronet', 'efficientnet-b0', 'lite'])('the plan of %s at batch 128', (name) => {
  const network = buildNetwork(name, { outputs: 100, size: 32 });
  it('is within 10 % of the lower bound for any placement', () => {
    const plan = compile(network, 128, ADAMW);
    const buffers = buffersOf(plan.ops);
    const temporaries = buffers.filter((b) => !b.persistent);
    expect(overlaps(buffers)).toEqual([]);
    const start = Math.max(...buffers.filter((b) => b.persistent).map((b) => b.offset + b.floats));
    const end = Math.max(...temporaries.map((b) => b.offset + b.floats));
    expect(end).toBeLessThanOrEqual(plan.floats);
    expect(peak(temporaries)).toBe(plan.peakTemporary);
    expect(end - start).toBeLessThan(1.1 * plan.peakTemporary);
    if (process.env.SHOW_MEMORY) {
      const mib = (floats: number) => ((floats * 4) / 2 ** 20).toFixed(1);
      const [least, placed, all] = [plan.peakTemporary, end - start, plan.floats].map(mib);
      console.info(`${name}: least ${least} MiB, placed ${placed} MiB, arena ${all} MiB`);
    }
  });
});

it.runIf(loadNative().addon && process.platform === 'linux')(
  'a disposed machine frees its memory at once',
  () => {
    const floats = 32 * 2 ** 20;
    const machine = openBackend('native').allocate({ floats, programs: [], threads: 1 }) as Machine;
    machine.write(0, new Float32Array(floats).fill(1));
    const before = process.memoryUsage.rss();
    machine.dispose();
    machine.dispose();
    expect(before - process.memoryUsage.rss()).toBeGreaterThan(0.9 * floats * 4);
  },
);
