// Builds the addons that ship in the package, prebuilds/<platform>-<arch>/lexel.node: Linux with glibc on x64 (AVX-512 and
// AVX2) and arm64. They need glibc 2.28 or newer and no C++ library. A target without its compiler is skipped with a
// line. Other systems use WebAssembly.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findCompiler, isasOf, makeAddon, root } from './native/compile.mjs';

/** The newest glibc whose symbols an addon may use: that of Debian 10 and RHEL 8, the oldest systems that Node 20 supports. */
const NEWEST_GLIBC = [2, 28];

const own = (arch, names) => (process.platform === 'linux' && process.arch === arch ? names : []);
const TARGETS = [
  {
    name: 'linux-x64',
    arch: 'x64',
    isas: Object.keys(isasOf('x64')).filter((isa) => isa !== 'base'),
    compilers: ['x86_64-linux-gnu-g++', ...own('x64', ['g++'])],
    prefix: 'x86_64-linux-gnu-',
    glibc: 'GLIBC_2.2.5', // the first version for this architecture
  },
  {
    name: 'linux-arm64',
    arch: 'arm64',
    isas: Object.keys(isasOf('arm64')),
    compilers: ['aarch64-linux-gnu-g++', ...own('arm64', ['g++'])],
    prefix: 'aarch64-linux-gnu-',
    glibc: 'GLIBC_2.17',
  },
];

/** Libraries and symbol versions that the addon needs but must not need. */
function foreign(file, prefix) {
  const objdump = findCompiler([`${prefix}objdump`, 'objdump']);
  if (!objdump) return ['objdump is missing, so the addon cannot be checked'];
  const text = spawnSync(objdump, ['-p', '-T', file], { encoding: 'utf8', maxBuffer: 1 << 26 }).stdout;
  const libraries = [...text.matchAll(/NEEDED\s+(\S+)/g)].map((match) => match[1]);
  const versions = [...new Set([...text.matchAll(/GLIBC_(\d+)\.(\d+)/g)].map((match) => match[0]))];
  const late = versions.filter((version) => {
    const [major, minor] = version.slice('GLIBC_'.length).split('.').map(Number);
    return major > NEWEST_GLIBC[0] || (major === NEWEST_GLIBC[0] && minor > NEWEST_GLIBC[1]);
  });
  return [...libraries.filter((name) => !/^(libc|libm|libpthread|ld-linux.*)\.so/.test(name)), ...late];
}

let failed = false;
for (const { name, arch, isas, compilers, prefix, glibc } of TARGETS) {
  const folder = join(root, 'prebuilds', name);
  const target = join(folder, 'lexel.node');
  const compiler = findCompiler(compilers);
  if (!compiler) {
    rmSync(folder, { recursive: true, force: true }); // an addon of an earlier version must not ship
    console.log(`prebuilds: ${name} skipped, because there is no ${compilers[0]}.`);
    continue;
  }
  const { built, problems } = await makeAddon({
    compiler,
    arch,
    isas,
    folder: join(root, 'build', 'prebuilds', name),
    target,
    record: join(root, 'build', 'prebuilds', `${name}.json`),
    extra: [`-DLEXEL_OLDEST_GLIBC="${glibc}"`],
    link: ['-s', '-nodefaultlibs', '-lc', '-lm', '-lgcc'],
  });
  if (problems) {
    console.error(`prebuilds: ${name}: ${problems}`);
    failed = true;
    continue;
  }
  if (!built) continue;
  const wrong = foreign(target, prefix);
  if (wrong.length > 0) {
    console.error(`prebuilds: ${name} asks for ${wrong.join(', ')}; it would not load on older systems.`);
    rmSync(folder, { recursive: true });
    failed = true;
    continue;
  }
  console.log(`prebuilds: ${name} built with ${compiler} (${isas.join(', ')}).`);
}
process.exit(failed ? 1 : 0);
