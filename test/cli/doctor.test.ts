/** `lexel doctor`: what it finds on this machine, in an empty one, and without the addon. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../src/binding/native.js';
import { engineInfo } from '../../src/engine/index.js';
import { lexel } from './lexel.js';

const home = mkdtempSync(join(tmpdir(), 'lexel-doctor-'));
afterAll(() => rmSync(home, { recursive: true }));
/** Without data sets: an empty home, and no directory below the working directory. */
const EMPTY = { LEXEL_DATA: '', XDG_CACHE_HOME: home, HOME: home };

describe('lexel doctor', () => {
  it('names the backend, its instruction set and build, and the speed of a core', async () => {
    const { code, out } = await lexel(['doctor', '--json']);
    expect(code).toBe(0);
    const diagnosis = JSON.parse(out);
    const { backend, isa, build, cpu } = await engineInfo();
    expect(diagnosis).toMatchObject({ backend, isa, build, cpu, node: process.versions.node });
    expect(diagnosis.peak).toBeGreaterThan(0.1);
    expect(diagnosis.addon === null).toBe(loadNative().addon === undefined);
  });

  it('lists what is not found, with the commands that download it', async () => {
    const { code, out } = await lexel(['doctor'], { env: EMPTY, cwd: home });
    expect(code).toBe(0);
    expect(out).toMatch(/data sets +shapes, cifar-100 \(not found\), cifar-10 \(not found\)/);
    expect(out).toMatch(/word vectors +shapes, pack, glove:100 \(not found\)/);
    expect(out).toContain('lexel data get cifar-100');
    expect(out).toContain('lexel words get glove.6B');
  });

  it('gives the reason why the native backend is not used, and the command that builds it', async () => {
    const broken = join(home, 'broken.node');
    writeFileSync(broken, 'not an addon');
    const { code, out } = await lexel(['doctor'], { env: { LEXEL_ADDON: broken, LEXEL_ISA: '' } });
    expect(code).toBe(0);
    expect(out).toMatch(/backend +wasm \((relaxed-simd|simd128)\): because the native addon does not load/);
    expect(out).toMatch(/needs a C\+\+ compiler: (npm run build:native|node .*build-native\.mjs)/);
  });
});
