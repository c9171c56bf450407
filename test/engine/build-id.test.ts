import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadNative } from '../../src/binding/native.js';
import { engineInfo } from '../../src/engine/index.js';
import { VARIANTS, withVariant } from './backends.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the build id of the kernels', () => {
  it.each(VARIANTS)('is available and stable: $name', async (variant) => {
    const [first, again] = await withVariant(variant, () =>
      Promise.all([engineInfo(variant.backend), engineInfo(variant.backend)]),
    );
    expect(first.isa).toBe(variant.isa);
    expect(first.build).toMatch(/^[0-9a-f]{16}$/);
    expect(again.build).toBe(first.build);
  });

  it('differs between instruction sets, because their compiler flags differ', async () => {
    const builds: string[] = [];
    for (const variant of VARIANTS) {
      builds.push(await withVariant(variant, async () => (await engineInfo(variant.backend)).build));
    }
    expect(new Set(builds).size).toBe(VARIANTS.length);
  });

  it('of wasm is the hash of the binary in the package', async () => {
    const wasm = await withVariant({ name: '', backend: 'wasm', isa: 'simd128' }, () => engineInfo('wasm'));
    const binary = readFileSync(new URL('../../assets/lexel.wasm', import.meta.url));
    expect(wasm.build).toBe(createHash('sha256').update(binary).digest('hex').slice(0, 16));
  });

  it('of relaxed SIMD also depends on whether the CPU fuses multiply-adds', async () => {
    const script =
      "import('./dist/engine/index.js').then(async (e) => { const { isa, build } = await e.engineInfo('wasm'); console.log(isa, build); })";
    const told = (...flags: string[]) => {
      const env = { ...process.env, LEXEL_ISA: '' };
      return execFileSync(process.execPath, [...flags, '-e', script], { cwd: root, env, encoding: 'utf8' });
    };
    const [as, again, without] = [told(), told(), told('--no-enable-fma3')];
    expect(again).toBe(as);
    if (!as.startsWith('relaxed-simd') || process.arch !== 'x64') return console.warn(`not compared: ${as}`);
    expect(without).toMatch(/^relaxed-simd /);
    expect(without).not.toBe(as);
  });

  it.runIf(loadNative().addon)('is refused for an instruction set that the CPU lacks', () => {
    expect(() => loadNative().addon!.build('abacus' as 'avx2')).toThrow('lacks the instruction set');
  });
});
