import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldFiles } from '../../src/crossval/run-file.js';
import { checkNoFolderOfRuns, findRuns, seedRuns } from '../../src/crossval/runs.js';
import { findModel } from '../../src/search/open-model.js';
import { compareRuns } from '../../src/statistics/index.js';
import { loadRun } from '../../src/statistics/load.js';
import { fakeRun } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-runs-'));
afterAll(() => rmSync(root, { recursive: true }));
const runs = join(root, 'runs');
const at = (...names: string[]) => join(runs, ...names);

beforeAll(() => {
  const make = (dir: string, unfinished: number) =>
    fakeRun(dir, {
      classes: ['bus', 'otter', 'oak', 'cup'],
      groups: [[0], [1], [3]],
      protocol: 'loo',
      unfinished,
    });
  make(at('begun'), 3);
  make(at('done'), 0);
  make(at('old', 'half'), 1);
  const failed = { type: 'failed', fold: 'cup', message: 'training diverged', time: 'now' };
  appendFileSync(foldFiles(at('old', 'half'), 'cup').log, `${JSON.stringify(failed)}\n`);
  for (const seed of [10, 9]) make(at('groups', `seed-${seed}`), 2);
  make(at('.hidden'), 0);
  make(at('one', 'two', 'three', 'too-deep'), 0);
  mkdirSync(at('other'));
  writeFileSync(at('other', 'run.json'), '{"format":"a race"}');
  symlinkSync(runs, at('loop'));
  const lock = { pid: process.pid, host: hostname(), began: null, since: new Date().toISOString() };
  writeFileSync(foldFiles(at('begun'), 'bus').lock, JSON.stringify(lock));
});

const refused = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    const { name, message, hint } = error as Error & { hint: string };
    return `${name}: ${message}\n${hint}`.replaceAll(root, '').replaceAll(/(holds no|fit).*/g, '$1 …');
  }
  throw new Error('nothing was thrown');
};

describe('a folder of runs', () => {
  it('is searched three levels deep, without links and hidden folders', () => {
    expect(findRuns(runs)).toEqual(
      [['begun'], ['done'], ['groups', 'seed-9'], ['groups', 'seed-10'], ['old', 'half'], ['other']].map(
        (p) => at(...p),
      ),
    );
    expect(findRuns(at('done'))).toEqual([at('done')]);
    expect(findRuns(at('nowhere'))).toEqual([]);
    expect(seedRuns(at('groups'))).toEqual(['seed-9', 'seed-10']);
    expect(seedRuns(runs)).toEqual([]);
  });

  it('is rejected with a list of its runs and a suitable suggestion', () => {
    expect(refused(() => loadRun(runs))).toMatchInlineSnapshot(`
      "FolderOfRunsError: /runs is a folder of 5 runs, not a run
      /runs/begun     0 of 3 folds finished, training now
      /runs/done      3 of 3 folds finished
      /runs/groups    2 seeds: 2 of 6 folds finished
      /runs/old/half  2 of 3 folds finished, 1 failed
      /runs/other     broken: /runs/other/run.json: ✖ Invalid input: expected "lexel-run"   → at format ✖ In…
      name one of them, such as /runs/done"
    `);
    expect(refused(() => checkNoFolderOfRuns(runs, 'resume', { option: '--resume' }))).toContain(
      'name one of them, such as /runs/groups',
    );
    expect(refused(() => compareRuns([runs]))).toContain(
      'name two or more of them, such as /runs/done /runs/',
    );
    expect(refused(() => compareRuns([at('done'), runs]))).toContain('such as /runs/groups');
    // A model belongs to one run, so seeds are listed separately.
    expect(refused(() => findModel(runs))).toMatch(/of 6 runs.*seed-9 .*such as \/runs\/done$/s);
    expect(refused(() => findModel(at('groups')))).toContain('such as /runs/groups/seed-9');
    expect(refused(() => loadRun(at('one', 'two')))).toContain('is a folder of 1 run, not a run');
  });

  it('is not reported for a run, or for a folder without runs', () => {
    checkNoFolderOfRuns(at('done'), 'analyse');
    checkNoFolderOfRuns(at('nowhere'), 'analyse');
    expect(() => loadRun(at('one', 'two', 'three', 'too-deep', 'folds'))).toThrow('is not a run directory');
  });
});
