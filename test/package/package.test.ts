/** The package as npm would publish it: what is inside, what it exports, and that it finds its own parts. */

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.entries<{ types: string; default: string }>(manifest.exports).filter(
  ([name]) => name !== './package.json',
);

describe('exports', () => {
  it.each(entries)('%s has code and types', (_name, { types, default: code }) => {
    expect(existsSync(join(root, types))).toBe(true);
    expect(existsSync(join(root, code))).toBe(true);
  });

  it('are every part of src/ but the private ones', () => {
    const parts = readdirSync(join(root, 'src')).filter((name) =>
      statSync(join(root, 'src', name)).isDirectory(),
    );
    const exported = entries.map(([name]) => name.slice(2)).filter(Boolean);
    expect(exported.sort()).toEqual(
      parts.filter((name) => !['util', 'binding', 'queue', 'server', 'cli'].includes(name)).sort(),
    );
  });

  it('load by name, each with something in it', async () => {
    const names = entries.map(([name]) => name.replace('.', 'lexel'));
    const script = `for (const name of ${JSON.stringify(names)}) {
      const count = Object.keys(await import(name)).length;
      if (count === 0) throw new Error(name + ' is empty');
      console.log(name);
    }`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
    expect(stdout.trim().split('\n')).toEqual(names);
  });
});

describe('npm pack', () => {
  let files: string[];
  let size: number;

  beforeAll(async () => {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const { stdout } = await run('npm', args, { cwd: root, maxBuffer: 1 << 24 });
    const packed = JSON.parse(stdout);
    // npm 12 gives an object by package name, earlier ones an array.
    const [pack] = Array.isArray(packed) ? packed : Object.values<(typeof packed)[0]>(packed);
    files = pack.files.map((file: { path: string }) => file.path);
    size = pack.size;
  });

  it('holds what runs without a compiler: code, wasm binary, words, fonts', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'bin/lexel.js',
        'dist/cli/main.js',
        'dist/crossval/fold-thread.js',
        'assets/lexel.wasm',
        'assets/words/shapes.lexw',
        'assets/fonts/DejaVuSans.ttf',
        'assets/fonts/LICENSE.txt',
        'LICENSE',
        'README.md',
      ]),
    );
    for (const [, { types, default: code }] of entries) {
      expect(files).toContain(types.slice(2));
      expect(files).toContain(code.slice(2));
    }
  });

  it('holds every asset of the project', () => {
    expect(files).toEqual(expect.arrayContaining(filesBelow('assets')));
  });

  it('holds what builds the native addon on a machine with a compiler', () => {
    const kernels = filesBelow('kernels');
    expect(kernels).toContain('kernels/units/dense.cc');
    expect(files).toEqual(
      expect.arrayContaining(['scripts/build-native.mjs', 'scripts/native/compile.mjs', ...kernels]),
    );
    expect(manifest.dependencies).toHaveProperty('node-api-headers');
  });

  /** Their subject is the repository: sources, tests, kept runs. Who reads them has it. */
  const OF_THE_REPOSITORY = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/RESULTS.md'];

  it("documents' links lead to what is inside", () => {
    const folders = new Set(files.flatMap((file) => foldersAbove(file)));
    const documents = files.filter((file) => file.endsWith('.md') && !OF_THE_REPOSITORY.includes(file));
    const gone = documents.flatMap((file) =>
      linksOf(readFileSync(join(root, file), 'utf8'))
        .map((link) => posix.join(posix.dirname(file), link).replace(/\/$/, ''))
        .filter((target) => !files.includes(target) && !folders.has(target))
        .map((target) => `${file}: ${target}`),
    );
    expect(documents).toContain('README.md');
    expect(documents.length).toBeGreaterThan(8);
    expect(gone).toEqual([]);
  });

  it('holds nothing else, and little of it', () => {
    const allowed =
      /^(bin|dist|kernels|prebuilds|assets|docs|examples|deploy|bench\/images|scripts\/native)\/|^(package\.json|[A-Z]+\.md|LICENSE)$/;
    expect(files.filter((file) => !allowed.test(file)).sort()).toEqual([
      'bench/RESULTS.md',
      'scripts/build-native.mjs',
    ]);
    expect(files.filter((file) => /\.(map|tsbuildinfo|o)$/.test(file))).toEqual([]);
    const addons = files.filter((file) => file.endsWith('.node'));
    expect(addons.filter((file) => !/^prebuilds\/[a-z]+-[a-z0-9]+\/lexel\.node$/.test(file))).toEqual([]);
    expect(size).toBeLessThan(8 * 2 ** 20);
  });
});

/** Every file below a folder of the project, as npm names it. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

/** "docs/images/a.png" -> "docs/images", "docs". */
function foldersAbove(file: string): string[] {
  const folder = dirname(file);
  return folder === '.' ? [] : [folder, ...foldersAbove(folder)];
}

/** Links to files, without what stands after a #. */
function linksOf(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1])
    .filter((link) => !/^(https?:|#)/.test(link))
    .map((link) => link.split('#')[0]);
}
