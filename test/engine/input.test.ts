/** The input kernel against the plain form of the same rules (applyAugment). */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyAugment } from '../../src/data/augment.js';
import { createMachine } from '../../src/engine/backend.js';
import { writeNormalisation } from '../../src/engine/normalisation.js';
import { ProgramBuilder } from '../../src/engine/program.js';
import { imageTiles } from '../../src/engine/tiling.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { VARIANTS, withVariant } from './backends.js';
import { SEED } from './check.js';
import { relativeError } from './compare.js';
import { MEAN, STD } from './problems.js';

/** Runs the input operation alone. */
function packInput(pixels: Uint8Array, records: Int32Array, size: number, backend: 'native' | 'wasm') {
  const batch = records.length / 8;
  const builder = new ProgramBuilder();
  const raw = builder.persistent('pixels', Math.ceil(pixels.length / 4));
  const augment = builder.persistent('augment', records.length);
  const normalisation = builder.persistent('normalisation', 6);
  const out = builder.persistent('out', pixels.length);
  builder.emit('input', 'input', [batch, size, imageTiles(batch), raw, augment, normalisation, out]);
  const { floats, program } = builder.finish();
  const { arena, run } = createMachine(backend, floats, 0, 1, [program]);
  new Uint8Array(arena.buffer, arena.byteOffset + raw.offset * 4).set(pixels);
  new Int32Array(arena.buffer, arena.byteOffset, arena.length).set(records, augment.offset);
  writeNormalisation(arena, normalisation, { mean: MEAN, std: STD });
  run(0);
  return arena.slice(out.offset, out.offset + pixels.length);
}

const anyBatch = fc
  .record({ size: fc.integer({ min: 1, max: 12 }), batch: fc.integer({ min: 1, max: 20 }) })
  .chain(({ size, batch }) => {
    const shift = fc.integer({ min: 1 - size, max: size - 1 });
    const range = fc.tuple(fc.nat(size), fc.nat(size)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
    const record = fc
      .tuple(shift, shift, fc.nat(1), range, range, fc.integer({ min: -1, max: batch - 1 }))
      .map(([y, x, flip, rows, columns, partner]) => [y, x, flip, ...rows, ...columns, partner]);
    const records = fc.array(record, { minLength: batch, maxLength: batch });
    return fc.record({ size: fc.constant(size), records, seed: fc.nat() });
  });

it.each(VARIANTS)('$name: crops, flips, cuts out and mixes as applyAugment does', (variant) =>
  withVariant(variant, () => {
    const property = fc.property(anyBatch, ({ size, records, seed }) => {
      const random = new Random(deriveKey(seed, 'pixels'));
      const pixels = Uint8Array.from({ length: records.length * size * size * 3 }, () => random.below(256));
      const augment = Int32Array.from(records.flat());
      const want = applyAugment(pixels, augment, size, MEAN, STD);
      expect(relativeError(packInput(pixels, augment, size, variant.backend), want)).toBeLessThan(1e-6);
    });
    fc.assert(property, { numRuns: 100, seed: SEED });
  }),
);
