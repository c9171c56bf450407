/** Importing `lexel` loads little: slow packages and the parts that work behind promises are loaded when they are needed. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lexel-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Records the URL of every module that `import` loads. */
writeFileSync(
  join(folder, 'hooks.mjs'),
  `import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    appendFileSync(process.env.LOADS, url + '\\n');
    return next(url, context);
  }`,
);
writeFileSync(
  join(folder, 'register.mjs'),
  `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);`,
);

/** Packages and files of Lexel that a script loads; packages include those loaded by `require`. */
function loadedBy(script: string) {
  const log = join(folder, 'loads');
  const required = `import { createRequire } from 'node:module';
    import { appendFileSync } from 'node:fs';
    for (const file of Object.keys(createRequire(import.meta.url).cache)) appendFileSync(process.env.LOADS, file + '\\n');`;
  writeFileSync(log, '');
  execFileSync(
    process.execPath,
    ['--import', join(folder, 'register.mjs'), '--input-type=module', '-e', `${script}\n${required}`],
    { cwd: root, env: { ...process.env, LOADS: log } },
  );
  const urls = readFileSync(log, 'utf8').split('\n');
  const packages = urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  const files = urls.flatMap((url) => /\/dist\/(.*)\.js$/.exec(url)?.[1] ?? []);
  return { packages: [...new Set(packages)], files: [...new Set(files)] };
}

describe("import 'lexel'", () => {
  const { packages, files } = loadedBy("import 'lexel';");

  it('loads no package except @noble/hashes; zod is one file of dist', () => {
    expect(packages).toEqual(['@noble/hashes']);
    expect(files).toContain('util/zod');
  });

  it('loads no engine, no training, no reader of word vectors, no statistics, no figures', () => {
    const late = [
      'engine/index',
      'engine/lowering',
      'train/fold',
      'crossval/runner',
      'crossval/experiment',
      'search/update-index',
      'search/measure-analogies',
      'words/open',
      'words/read',
      'words/train/glove',
      'data/open',
      'util/download',
    ];
    const built = readFileSync(join(root, 'dist', 'index.js'), 'utf8');
    expect(built).toContain("import('./engine/index.js')");
    expect(files).toContain('search/image-model');
    expect(files.filter((file) => late.includes(file))).toEqual([]);
    expect(files.filter((file) => /^(statistics|figures|report|cli)\//.test(file))).toEqual([]);
  });

  it('loads at most 120 of its own modules', () => {
    expect(files.length).toBeLessThanOrEqual(120);
  });
});

describe('modules that are loaded late', () => {
  it('are there when they are needed: an image, words, an experiment', () => {
    const { packages, files } = loadedBy(`
      import { engineInfo, openModel, openWords } from 'lexel';
      const model = openModel();
      await model.classify({ data: new Uint8Array(12), width: 2, height: 2 }, { vocab: 10 });
      await openWords('shapes');
      await engineInfo();
    `);
    expect(packages).toContain('sharp');
    expect(files).toEqual(expect.arrayContaining(['engine/index', 'words/open']));
  });
});

describe('the command line', () => {
  it('loads the web server for `lexel studio` only', () => {
    const { packages } = loadedBy(`
      const { main } = await import('./dist/cli/main.js');
      await main(['report', '--help']);
    `);
    expect(packages).toContain('commander');
    expect(packages.filter((name) => /hono/.test(name))).toEqual([]);
  });
});
