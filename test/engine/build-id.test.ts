import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadNative } from '../../src/binding/native.js';
import { engineInfo } from '../../src/engine/index.js';
import { VARIANTS, withVariant } from './backends.js';

describe('the build of the kernels', () => {
  it.each(VARIANTS)('is told and stays the same: $name', async (variant) => {
    const [first, again] = await withVariant(variant, () =>
      Promise.all([engineInfo(variant.backend), engineInfo(variant.backend)]),
    );
    expect(first.isa).toBe(variant.isa);
    expect(first.build).toMatch(/^[0-9a-f]{16}$/);
    expect(again.build).toBe(first.build);
  });

  it('is another one for every instruction set, whose compiler flags differ', async () => {
    const builds: string[] = [];
    for (const variant of VARIANTS) {
      builds.push(await withVariant(variant, async () => (await engineInfo(variant.backend)).build));
    }
    expect(new Set(builds).size).toBe(VARIANTS.length);
  });

  it('of wasm is the hash of the binary that ships', async () => {
    const wasm = await withVariant({ name: '', backend: 'wasm', isa: 'simd128' }, () => engineInfo('wasm'));
    const binary = readFileSync(new URL('../../assets/lexel.wasm', import.meta.url));
    expect(wasm.build).toBe(createHash('sha256').update(binary).digest('hex').slice(0, 16));
  });

  it.runIf(loadNative().addon)('of an instruction set that the CPU lacks is not told', () => {
    expect(() => loadNative().addon!.build('abacus' as 'avx2')).toThrow('lacks the instruction set');
  });
});
