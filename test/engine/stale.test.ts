/** A native addon of another version is not used: `auto` runs wasm and reports why, `native` is refused. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lexel-stale-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SCRIPT = `
  import('./dist/engine/index.js').then(async ({ engineInfo }) => {
    const { backend, skippedNative } = await engineInfo('auto');
    const native = await engineInfo('native').catch(({ message, hint }) => message + ' | ' + hint);
    console.log(JSON.stringify({ backend, skippedNative, native }));
  });`;

it.each([
  [
    'of an earlier version',
    "supported: () => ['baseline']",
    'the native addon was built by an earlier version',
  ],
  [
    'without a function that the current one has',
    'ops: () => 1',
    'the native addon was built by an earlier version',
  ],
  [
    'built from another table of operations',
    "ops: () => 1, releaseMemory: () => {}, supported: () => ['baseline']",
    'the native addon was built from another table of operations',
  ],
])('an addon %s', (name, exported, problem) => {
  const addon = join(folder, `${name.replaceAll(' ', '-')}.cjs`);
  writeFileSync(addon, `module.exports = { ${exported} };`);
  const env = { ...process.env, LEXEL_ADDON: addon, LEXEL_ISA: '' };
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', SCRIPT], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const said = `${problem} (rebuild it with \`npm run build:native\`)`;
  expect(JSON.parse(stdout)).toEqual({
    backend: 'wasm',
    skippedNative: said,
    native: `--backend native: ${said} | use --backend wasm`,
  });
});
