// Builds assets/lexel.wasm from kernels/ with clang and wasm-ld. `--check` builds beside it and compares: the shipped
// binary must match its source. CLANG names the compiler (default: clang-16, then clang).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const shipped = join(root, 'assets', 'lexel.wasm');
const check = process.argv.includes('--check');
const clang = [process.env.CLANG, 'clang-16', 'clang'].find(
  (name) => name && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
if (!clang) {
  console.error('build-wasm: no clang found; install clang-16 and lld-16, or set CLANG.');
  process.exit(1);
}
const folder = check ? mkdtempSync(join(tmpdir(), 'lexel-wasm-')) : dirname(shipped);
const target = join(folder, 'lexel.wasm');
const result = spawnSync(
  clang,
  [
    '--target=wasm32',
    '-std=c++17',
    '-O3',
    '-msimd128',
    '-mbulk-memory',
    '-ffp-contract=off',
    '-fno-exceptions',
    '-fno-rtti',
    '-fno-builtin-memset',
    '-fno-builtin-memcpy',
    '-fno-threadsafe-statics',
    '-nostdlib',
    '-Wall',
    '-Wextra',
    '-Wno-pass-failed',
    '-Wl,--no-entry',
    '-Wl,--import-memory',
    '-Wl,--strip-all',
    '-Wl,-z,stack-size=65536',
    '-Wl,--export=__heap_base',
    join('kernels', 'wasm.cc'),
    '-o',
    target,
  ],
  { cwd: root, stdio: 'inherit' },
);
if (result.status !== 0) process.exit(1);
if (check) {
  const same = readFileSync(target).equals(readFileSync(shipped));
  rmSync(folder, { recursive: true });
  if (!same) {
    console.error(
      'build-wasm: assets/lexel.wasm differs from what its source builds; run `npm run build:wasm` and commit it.',
    );
    process.exit(1);
  }
  console.log('build-wasm: assets/lexel.wasm matches its source.');
}
