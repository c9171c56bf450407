// Builds the native addon, build/lexel.node, with the system's C++ compiler. With --optional (npm's install
// step), a machine without a compiler gets a one-line message and uses the WebAssembly backend. With
// --sanitize it builds build-sanitize/lexel.node, which checks memory accesses and undefined behaviour (run
// by scripts/test-sanitize.mjs).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kernels = join(root, 'kernels');
const sanitize = process.argv.includes('--sanitize');
const build = join(root, sanitize ? 'build-sanitize' : 'build');
const target = join(build, 'lexel.node');
const optional = process.argv.includes('--optional');
const extra = process.argv.filter((arg) => arg.startsWith('-f') || arg.startsWith('-O') || arg === '-g');
if (sanitize) {
  extra.push(
    '-O1',
    '-g1',
    '-fno-inline',
    '-DINLINE=inline',
    '-fno-omit-frame-pointer',
    '-fsanitize=address,undefined',
  );
  extra.push('-fno-sanitize=vptr', '-fno-sanitize-recover=all');
}

function skip(why) {
  console.log(`lexel: native backend not built (${why}); the WebAssembly backend will be used.`);
  process.exit(optional ? 0 : 1);
}

const compiler = [process.env.CXX, 'c++', 'g++', 'clang++'].find(
  (name) => name && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
if (!compiler) skip('no C++ compiler found');

let headers;
try {
  headers = createRequire(import.meta.url)('node-api-headers').include_dir;
} catch {
  skip('the package node-api-headers is not installed');
}

const sources = [...readdirSync(kernels).map((name) => join(kernels, name)), fileURLToPath(import.meta.url)];
const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
if (existsSync(target) && statSync(target).mtimeMs > newest && !process.argv.includes('--force'))
  process.exit(0);
mkdirSync(build, { recursive: true });

const x86 = process.arch === 'x64';
const common = [
  '-std=c++17',
  '-O3',
  '-ffp-contract=fast',
  '-fno-exceptions',
  '-fno-rtti',
  '-fPIC',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
  ...extra,
];
const isas = x86
  ? {
      base: ['-march=x86-64'],
      avx2: ['-march=haswell'],
      avx512: ['-march=skylake-avx512', '-mprefer-vector-width=512'],
    }
  : { base: [] };
/**
 * Hash of everything that determines the bits of an instruction set's kernels: source, compiler and flags.
 */
function buildId(flags) {
  const hash = createHash('sha256');
  const [version] = spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout.split('\n');
  hash.update(JSON.stringify([version, ...common, ...flags]));
  const parts = readdirSync(kernels).filter((name) => name === 'run.cc' || name.endsWith('.h'));
  for (const name of parts.sort()) hash.update(`\n${name}\n`).update(readFileSync(join(kernels, name)));
  return hash.digest('hex').slice(0, 16);
}
const units = Object.entries(isas).map(([isa, own]) => {
  const flags = [...own, `-DLEXEL_ISA=${isa}`];
  const object = `run-${isa}.o`;
  return { source: 'run.cc', object, flags: [...flags, `-DLEXEL_BUILD="${buildId(flags)}"`] };
});
units.push({
  source: 'addon.cc',
  object: 'addon.o',
  flags: ['-DNODE_GYP_MODULE_NAME=lexel', `-I${headers}`, ...(x86 ? ['-DLEXEL_X86'] : [])],
});

const run = (args) =>
  new Promise((resolve) => {
    const child = spawn(compiler, args, { stdio: ['ignore', 'inherit', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('close', (code) => resolve({ code, errors }));
  });

const results = await Promise.all(
  units.map(({ source, object, flags }) =>
    run([...common, ...flags, '-c', join(kernels, source), '-o', join(build, object)]),
  ),
);
const failed = results.find((result) => result.code !== 0);
if (failed) {
  if (!optional) console.error(failed.errors);
  skip(`${compiler} failed; \`npm run build:native\` shows the errors`);
}
const linkFlags = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-static-libgcc'];
const linked = await run([
  '-shared',
  ...linkFlags,
  '-pthread',
  ...extra,
  ...units.map((unit) => join(build, unit.object)),
  '-o',
  `${target}.tmp`,
]);
if (linked.code !== 0) {
  if (!optional) console.error(linked.errors);
  skip(`${compiler} failed to link; \`npm run build:native\` shows the errors`);
}
renameSync(`${target}.tmp`, target);
console.log(`lexel: native backend built with ${compiler} (${Object.keys(isas).join(', ')}).`);
