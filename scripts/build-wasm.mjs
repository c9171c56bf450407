// Builds assets/lexel.wasm and assets/lexel-relaxed.wasm (with fused multiply-adds, for runtimes with relaxed
// SIMD) from kernels/ with clang and wasm-ld. `--check` builds to another place and compares: the shipped
// binaries must match their source. CLANG is the compiler (default: clang-16, then clang).
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const assets = join(root, 'assets');
const check = process.argv.includes('--check');
const clang = [process.env.CLANG, 'clang-16', 'clang'].find(
  (name) => name && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
if (!clang) {
  console.error('build-wasm: no clang found; install clang-16 and lld-16, or set CLANG.');
  process.exit(1);
}
const flags = [
  '--target=wasm32',
  '-std=c++17',
  '-O3',
  '-msimd128',
  '-mbulk-memory',
  '-matomics',
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
  // Threads are instances that share one memory, each with its own stack. The declared maximum allows
  // src/binding/wasm.ts to set the one bit that makes the memory shared.
  '-Wl,--export=__stack_pointer',
  '-Wl,--max-memory=4294967296',
];
const BINARIES = { 'lexel.wasm': [], 'lexel-relaxed.wasm': ['-mrelaxed-simd'] };
const folder = check ? mkdtempSync(join(tmpdir(), 'lexel-wasm-')) : assets;
const build = ([name, more]) =>
  new Promise((resolve) => {
    const args = [...flags, ...more, join('kernels', 'wasm.cc'), '-o', join(folder, name)];
    spawn(clang, args, { cwd: root, stdio: 'inherit' }).on('close', resolve);
  });
const codes = await Promise.all(Object.entries(BINARIES).map(build));
let failed = codes.some((code) => code !== 0);
if (check) {
  for (const name of failed ? [] : Object.keys(BINARIES)) {
    if (readFileSync(join(folder, name)).equals(readFileSync(join(assets, name)))) {
      console.log(`build-wasm: assets/${name} matches its source.`);
    } else {
      failed = true;
      console.error(
        `build-wasm: assets/${name} does not match its source; run \`npm run build:wasm\` and commit it.`,
      );
    }
  }
  rmSync(folder, { recursive: true });
}
process.exit(failed ? 1 : 0);
