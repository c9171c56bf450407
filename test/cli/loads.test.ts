/** A command loads only the modules it needs. The tests list slow modules, and commands that must not load them. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'bin', 'lexel.js');
const folder = mkdtempSync(join(tmpdir(), 'lexel-loads-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Records the URL of every loaded module. */
const HOOKS = `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    appendFileSync(process.env.LOADS, url + '\\n');
    return next(url, context);
  }`;
writeFileSync(join(folder, 'hooks.mjs'), HOOKS);
writeFileSync(
  join(folder, 'register.mjs'),
  `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);`,
);

let count = 0;
/** Packages and folders of Lexel that a command line loads, and its exit code. */
function loadedBy(...args: string[]) {
  const log = join(folder, `loads-${count++}`);
  const env = { ...process.env, LOADS: log };
  const { status } = spawnSync(process.execPath, ['--import', join(folder, 'register.mjs'), bin, ...args], {
    cwd: folder,
    env,
  });
  const urls = readFileSync(log, 'utf8').split('\n');
  const packages = urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  const files = urls.flatMap((url) => /\/dist\/(.*)\.js$/.exec(url)?.[1] ?? []);
  const rooms = files.map((file) => file.split('/')[0]);
  return { status, packages: [...new Set(packages)], files, rooms: [...new Set(rooms)] };
}

const DRAWING = ['@observablehq/plot', 'linkedom', '@resvg/resvg-js'];

describe('modules loaded by', () => {
  it('lexel --version and --help: only the command line', () => {
    for (const flag of ['--version', '--help']) {
      const { status, packages, files } = loadedBy(flag);
      expect(status).toBe(0);
      expect(packages).toEqual(['commander']);
      expect(files.filter((file) => !/^(cli|util)\//.test(file)).sort()).toEqual([
        'binding/isas',
        'crossval/folder-of-runs',
        'engine/backend-names',
        'readings/names',
      ]);
    }
  });

  it('lexel words nearest: no figures, no network, no run', () => {
    const { status, packages, rooms } = loadedBy(
      'words',
      'nearest',
      'red',
      '--words',
      'shapes',
      '--top',
      '1',
    );
    expect(status).toBe(0);
    expect(packages).not.toEqual(expect.arrayContaining(['sharp']));
    for (const name of DRAWING) expect(packages).not.toContain(name);
    for (const room of ['figures', 'report', 'statistics', 'train']) expect(rooms).not.toContain(room);
  });

  it('lexel compare: statistics without figures', () => {
    const run = join(root, 'test', 'fixtures', 'run-version-1');
    const { packages, rooms } = loadedBy('compare', run, run);
    expect(rooms).toContain('statistics');
    expect(rooms).not.toContain('figures');
    for (const name of DRAWING) expect(packages).not.toContain(name);
  });

  it('lexel report --help: neither, because it draws nothing', () => {
    const { status, rooms } = loadedBy('report', '--help');
    expect(status).toBe(0);
    expect(rooms).not.toContain('figures');
  });
});

describe('lexel as a library', () => {
  it('exports exactly these names', async () => {
    const script = "import('lexel').then((all) => console.log(JSON.stringify(Object.keys(all).sort())))";
    const names = JSON.parse(execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' }));
    expect(names).toEqual([
      ...[
        'CONTROL_NAMES',
        'ERROR_CODES',
        'FormatError',
        'ImageModel',
        'LexelError',
        'PRESETS',
        'RECIPE_NAMES',
        'UsageError',
      ],
      ...[
        'WordVectors',
        'buildNetwork',
        'createPredictor',
        'createRunDirectory',
        'createTrainer',
        'engineInfo',
      ],
      ...['labelVectors', 'openDataset', 'openModel', 'openWords', 'prepareExperiment', 'readRun'],
      ...['reopenExperiment', 'runFolds'],
    ]);
  });
});
