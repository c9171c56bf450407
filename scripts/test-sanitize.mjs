// Runs the kernel tests with an addon that is built with AddressSanitizer and UBSan, which end the process at
// the first error. The arena is one allocation, so accesses outside the arena or a thread's stack are
// detected, but not reads from a neighbouring buffer inside it (vector loads do that by design, and the arena
// ends with room for it). In scratch memory, they detect accesses between two pieces, beyond the cache line
// that vector loads may read, and taking more than was announced (kernels/scratch.h). The pool of threads runs
// under ThreadSanitizer.
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OP_NAMES } from '../dist/engine/ops.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const addon = join(root, 'build-sanitize', 'lexel.node');
// The first one has the memory layout of a fold; the others cover shapes around every edge of the kernels.
const FILES = ['large', 'convolutions', 'networks', 'labels', 'optimizer', 'input', 'ops'].map(
  (name) => `test/engine/${name}.test.ts`,
);

const node = (args, options) =>
  spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', ...options });
if (node(['scripts/build-native.mjs', '--sanitize'], { stdio: 'inherit' }).status !== 0) process.exit(1);

const compiler = process.env.CXX ?? 'g++';
const library = execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
const env = {
  ...process.env,
  LD_PRELOAD: library,
  // Node itself does not free everything before it exits.
  ASAN_OPTIONS: 'detect_leaks=0',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  LEXEL_ADDON: addon,
  LEXEL_TEST_BACKEND: 'native',
  LEXEL_TEST_SHARE: '0.25',
};

function fail(what, said) {
  console.error(`test-sanitize: ${what}\n${said}`);
  process.exit(1);
}

// First check that a write past the arena is detected; otherwise the tests prove nothing. Reduces 64 floats
// at the end of 32.
const probe = `
  const addon = require(${JSON.stringify(addon)});
  const program = Int32Array.of(${OP_NAMES.indexOf('reduce')}, 7, 64, 1, 64, 0, 16);
  addon.run('baseline', new Float32Array(32), program, 0, 0, null);`;
const seen = node(['-e', probe], { env });
if (seen.status === 0 || !seen.stderr.includes('AddressSanitizer: heap-buffer-overflow')) {
  fail('a write past the arena was not detected', seen.stderr);
}

// Also check that a write between two pieces of scratch memory is detected, and a kernel that takes more than
// it announced.
const pieces = join(root, 'build-sanitize', 'scratch');
const flags = ['-std=c++17', '-O1', '-g1', '-fsanitize=address', '-Wno-psabi'];
const built = spawnSync(compiler, [...flags, join(root, 'test', 'native', 'scratch.cc'), '-o', pieces], {
  encoding: 'utf8',
});
if (built.status !== 0) fail('test/native/scratch.cc does not compile', built.stderr);
const take = (mode) => spawnSync(pieces, [mode], { encoding: 'utf8' });
if (take('within').stdout !== 'done\n')
  fail('accesses inside the pieces of scratch memory were reported', take('within').stderr);
if (!take('between').stderr.includes('use-after-poison')) fail('a write between pieces was not detected', '');
if (take('more').status === 0) fail('taking more scratch memory than announced was not detected', '');

// The threads of a step, in as many as there are cores or more.
const pool = join(root, 'build-sanitize', 'pool');
const threaded = ['-std=c++17', '-O1', '-g1', '-fsanitize=thread', '-pthread'];
const made = spawnSync(compiler, [...threaded, join(root, 'test', 'native', 'pool.cc'), '-o', pool], {
  encoding: 'utf8',
});
if (made.status !== 0) fail('test/native/pool.cc does not compile', made.stderr);
for (const threads of ['2', '4', '9']) {
  const { status, stdout, stderr } = spawnSync(pool, [threads], { encoding: 'utf8' });
  if (status !== 0) fail(`${threads} threads: tiles are lost, or race`, `${stdout}${stderr}`);
}

const vitest = join('node_modules', 'vitest', 'vitest.mjs');
const tests = node([vitest, 'run', ...FILES, 'test/binding'], { env, stdio: 'inherit' });
process.exit(tests.status ?? 1);
