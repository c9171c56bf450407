// Builds the native addon, build/lexel.node, with the system's C++ compiler, for the best instruction set of this CPU.
//   --all        every instruction set of this architecture, for tests and benchmarks that compare them
//   --isa NAME   this one
//   --optional   a machine without a compiler gets one line and exit code 0 (npm's prepare step)
//   --force      builds even if nothing has changed
//   --sanitize   build-sanitize/lexel.node, which checks memory accesses and undefined behaviour (run by
//                scripts/test-sanitize.mjs)
// Arguments that start with -f, -O or -g go to the compiler.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findCompiler, isasOf, makeAddon, nodeHeaders, root, supportedIsas } from './native/compile.mjs';

const SANITIZE = [
  '-O1',
  '-g1',
  '-fno-inline',
  '-DINLINE=inline',
  '-fno-omit-frame-pointer',
  '-fsanitize=address,undefined',
  '-fno-sanitize=vptr',
  '-fno-sanitize-recover=all',
];

const forCompiler = (arg) => /^-[fOg]/.test(arg);
const args = process.argv.slice(2);
const { values: flags } = parseArgs({
  args: args.filter((arg) => !forCompiler(arg)),
  options: {
    all: { type: 'boolean' },
    isa: { type: 'string' },
    optional: { type: 'boolean' },
    force: { type: 'boolean' },
    sanitize: { type: 'boolean' },
  },
});
const extra = [...args.filter(forCompiler), ...(flags.sanitize ? SANITIZE : [])];
const folder = join(root, flags.sanitize ? 'build-sanitize' : 'build');

function skip(why) {
  console.log(`lexel: native backend not built (${why}); the WebAssembly backend will be used.`);
  process.exit(flags.optional ? 0 : 1);
}

const compiler = findCompiler([process.env.CXX, 'c++', 'g++', 'clang++']);
if (!compiler) skip('no C++ compiler found');
try {
  nodeHeaders();
} catch {
  skip('the package node-api-headers is not installed');
}

/** The instruction sets to build, best first. */
function wanted() {
  const all = Object.keys(isasOf(process.arch));
  if (flags.isa !== undefined && !all.includes(flags.isa))
    skip(`--isa ${flags.isa}: this architecture has ${all.join(', ')}`);
  if (flags.isa !== undefined) return [flags.isa];
  if (flags.all || flags.sanitize) return all;
  const [best] = supportedIsas(compiler, all, folder);
  // x86 without AVX2 runs WebAssembly; its native kernels are for tests.
  if (all.length > 1 && best === all.at(-1)) skip('this CPU lacks AVX2');
  return [best];
}

const isas = wanted();
const { built, problems } = await makeAddon({
  compiler,
  arch: process.arch,
  isas,
  folder: join(folder, 'objects'),
  target: join(folder, 'lexel.node'),
  record: join(folder, 'lexel.json'),
  force: flags.force,
  extra,
});
if (problems) {
  if (!flags.optional) console.error(problems);
  skip(`${compiler} failed; \`npm run build:native\` shows the errors`);
}
if (built) console.log(`lexel: native backend built with ${compiler} (${isas.join(', ')}).`);
