// Compiles kernels/ to an addon, with one object per unit and instruction set, several at a time. Used by
// scripts/build-native.mjs for this machine and by scripts/prebuilds.mjs for the package.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const kernels = join(root, 'kernels');

/** The instruction sets of each architecture, best first, with their compiler flags. kernels/isas.h has their names. */
export const ISAS = {
  x64: {
    avx512: ['-march=skylake-avx512', '-mprefer-vector-width=512'],
    avx2: ['-march=haswell'],
    base: ['-march=x86-64'],
  },
  other: { base: [] },
};
export const isasOf = (arch) => ISAS[arch] ?? ISAS.other;

const FLAGS = [
  '-std=c++17',
  '-O3',
  '-ffp-contract=fast',
  '-fno-exceptions',
  '-fno-rtti',
  '-fno-threadsafe-statics',
  '-fPIC',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
  '-Wno-unused-function',
];

/** The first of the named compilers that runs here, or undefined. */
export function findCompiler(names) {
  return names.find((name) => name && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

/** The headers of Node's C interface. Throws if the package is not installed. */
export function nodeHeaders() {
  return createRequire(import.meta.url)('node-api-headers').include_dir;
}

/** Of the instruction sets `names`, those that this CPU has. */
export function supportedIsas(compiler, names, folder) {
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'probe');
  const built = spawnSync(compiler, [listOf(names), join(kernels, 'probe.cc'), '-o', program], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(built.stderr || String(built.error));
  return spawnSync(program, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
}

const listOf = (isas) => `-DLEXEL_ISAS(X)=${isas.map((isa) => `X(${isa})`).join(' ')}`;

/** Every file that is compiled or included, by its path below kernels/. */
function sources() {
  return readdirSync(kernels, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(h|cc)$/.test(name))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

const versionOf = (compiler) =>
  spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];

/** A short hash of what the compiler gets: its version, flags, and the named files below kernels/. */
function hashOf(compiler, flags, names) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([versionOf(compiler), ...flags]));
  for (const name of names) hash.update(`\n${name}\n`).update(readFileSync(join(kernels, name)));
  return hash.digest('hex').slice(0, 16);
}

/** Files that determine an instruction set's results: all except those of the addon around them. */
const ofResults = (name) =>
  name === 'run.cc' || name.startsWith('units/') || (name.endsWith('.h') && name !== 'isas.h');

/**
 * Makes an addon, unless `target` already holds these instruction sets and nothing that it is made from has changed.
 * @param {{ compiler: string, arch: string, isas: string[], folder: string, target: string, record: string,
 *   force?: boolean, extra?: string[], link?: string[] }} of `folder` receives the objects, `record` what the target was
 *   made from; `extra` and `link` are more flags for compiler and linker
 * @returns {Promise<{ built: boolean, problems: string }>} the compiler's messages, empty if all went well
 */
export async function makeAddon({ record, force = false, ...addon }) {
  const { compiler, isas, target, extra = [] } = addon;
  const id = hashOf(compiler, [...FLAGS, ...extra], sources());
  const before = existsSync(target) && existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
  const current = before.id === id && isas.every((isa) => before.isas.includes(isa));
  if (current && !force) return { built: false, problems: '' };
  const problems = await compileAddon(addon);
  if (!problems) writeFileSync(record, `${JSON.stringify({ id, isas })}\n`);
  return { built: !problems, problems };
}

/** Compiles and links an addon. Returns the compiler's messages, empty if all went well. */
async function compileAddon({ compiler, arch, isas, folder, target, extra = [], link = [] }) {
  mkdirSync(folder, { recursive: true });
  mkdirSync(dirname(target), { recursive: true });
  const common = [...FLAGS, ...extra];
  const names = sources();
  // The backward passes of depthwise convolutions take longest, so they start first.
  const units = names
    .filter((name) => name.startsWith('units/') || name === 'run.cc')
    .sort((a, b) => Number(b.includes('backward_')) - Number(a.includes('backward_')));
  const objects = units.flatMap((unit) =>
    isas.map((isa) => {
      // With flags as in the build id, so that the optimisation level is part of it.
      const own = [...isasOf(arch)[isa], `-DLEXEL_ISA=${isa}`];
      const object = join(folder, `${unit.replaceAll(/.*\/|\.cc$/g, '')}-${isa}.o`);
      if (unit !== 'run.cc') return { unit, object, flags: own };
      const id = hashOf(compiler, [...common, ...own], names.filter(ofResults));
      return { unit, object, flags: [...own, `-DLEXEL_BUILD="${id}"`] };
    }),
  );
  objects.push({
    unit: 'addon.cc',
    object: join(folder, 'addon.o'),
    flags: ['-DNODE_GYP_MODULE_NAME=lexel', `-I${nodeHeaders()}`, listOf(isas)],
  });
  const problems = await inTurn(objects, ({ unit, object, flags }) =>
    run(compiler, [...common, ...flags, '-c', join(kernels, unit), '-o', object]),
  );
  if (problems) return problems;
  const system = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-static-libgcc'];
  const files = objects.map(({ object }) => object);
  const linked = await run(compiler, [
    '-shared',
    '-pthread',
    ...extra,
    ...files,
    ...system,
    ...link,
    '-o',
    `${target}.tmp`,
  ]);
  if (!linked) renameSync(`${target}.tmp`, target);
  return linked;
}

/** Runs `each` on all items, one per core at a time, until one fails. Returns its messages. */
async function inTurn(items, each) {
  const left = [...items];
  let problems = '';
  const worker = async () => {
    while (left.length > 0 && !problems) problems ||= await each(left.shift());
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return problems;
}

/** Runs a command. Returns an empty string, or why it failed. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'pipe'] });
    let messages = '';
    child.stderr.on('data', (chunk) => {
      messages += chunk;
    });
    child.on('error', (error) => resolve(String(error)));
    child.on('close', (code) => resolve(code === 0 ? '' : messages || `${command} ended with ${code}`));
  });
}
