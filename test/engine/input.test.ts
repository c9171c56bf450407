/** Compares the input kernel with a plain implementation (applyAugment). */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyAugment } from '../../src/data/augment.js';
import { AUGMENT_FIELDS } from '../../src/data/augment-record.js';
import { openBackend } from '../../src/engine/index.js';
import { normalisationOf } from '../../src/engine/normalisation.js';
import { ProgramBuilder } from '../../src/engine/program.js';
import { imageTiles } from '../../src/engine/tiling.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { VARIANTS, withVariant } from './backends.js';
import { SEED } from './check.js';
import { relativeError } from './compare.js';
import { MEAN, STD } from './problems.js';

/** Runs only the input operation. */
async function packInput(pixels: Uint8Array, records: Int32Array, size: number, backend: 'native' | 'wasm') {
  const batch = records.length / AUGMENT_FIELDS;
  const builder = new ProgramBuilder();
  const raw = builder.persistent('pixels', Math.ceil(pixels.length / 4));
  const augment = builder.persistent('augment', records.length);
  const normalisation = builder.persistent('normalisation', 6);
  const output = builder.persistent('out', pixels.length);
  builder.emit('input', 'input', {
    ...{ images: batch, size, tiles: imageTiles(batch) },
    ...{ pixels: raw, augment, normalisation, output },
  });
  const { floats, program } = builder.finish();
  const machine = await openBackend(backend).allocate({ floats, programs: [program], threads: 1 });
  await machine.write(raw.offset, pixels);
  await machine.write(augment.offset, records);
  await machine.write(normalisation.offset, normalisationOf({ mean: MEAN, std: STD }));
  await machine.run(0);
  return machine.read(output.offset, pixels.length);
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

it.each(VARIANTS)('$name: crops, flips, cuts out and mixes like applyAugment', (variant) =>
  withVariant(variant, async () => {
    const property = fc.asyncProperty(anyBatch, async ({ size, records, seed }) => {
      const random = new Random(deriveKey(seed, 'pixels'));
      const pixels = Uint8Array.from({ length: records.length * size * size * 3 }, () => random.below(256));
      const augment = Int32Array.from(records.flat());
      const want = applyAugment(pixels, augment, size, MEAN, STD);
      const got = await packInput(pixels, augment, size, variant.backend);
      expect(relativeError(got, want)).toBeLessThan(1e-6);
    });
    await fc.assert(property, { numRuns: 100, seed: SEED });
  }),
);
