/** The files that the pages' own networks need, from a real server. */

import { copyFileSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { foldFiles } from '../../src/crossval/run-file.js';
import { BUNDLED_MODEL } from '../../src/search/index.js';
import { modelsSchema } from '../../src/server/messages/models.js';
import { SHIPPED } from '../../src/server/models.js';
import { PATHS } from '../../src/server/paths.js';
import { ask, makeRun, studioOf, temporaryFolder } from './support.js';

const root = temporaryFolder();
const runs = join(root, 'runs');
let url: string;
const model = (name: string, fold: number) => foldFiles(join(runs, name), `rotation-${fold}`).model;

beforeAll(async () => {
  for (const name of ['whole', 'part', 'none', 'sly']) makeRun(runs, name);
  makeRun(runs, 'half', { unfinished: 1 });
  for (const name of ['whole', 'part', 'half', 'sly'])
    for (const fold of [0, 1]) copyFileSync(BUNDLED_MODEL, model(name, fold));
  rmSync(model('part', 1));
  for (const fold of [0, 1]) rmSync(model('none', fold), { force: true });
  rmSync(model('sly', 0));
  symlinkSync(BUNDLED_MODEL, model('sly', 0));
  ({ url } = await studioOf(runs));
});

describe('models', () => {
  it('lists the models of finished folds, of runs that have any', async () => {
    const { bundled, runs: listed } = modelsSchema.parse((await ask(url, `/api/${PATHS.models}`)).json());
    expect(bundled).toBe(true);
    const found = Object.fromEntries(listed.map(({ path, folds }) => [path, folds]));
    expect(found).toEqual({
      half: ['rotation-0'],
      part: ['rotation-0'],
      whole: ['rotation-0', 'rotation-1'],
    });
  });

  it('answers with a model of the list and with no other file', async () => {
    const { runs: listed } = modelsSchema.parse((await ask(url, `/api/${PATHS.models}`)).json());
    const { id } = listed.find(({ path }) => path === 'whole')!;
    const bytes = await fetch(new URL(`api/${PATHS.foldModel(id, 'rotation-1')}`, url));
    expect(Buffer.from(await bytes.arrayBuffer()).equals(readFileSync(BUNDLED_MODEL))).toBe(true);
    for (const fold of ['rotation-2', '..%2f..%2frun.json', '%2e%2e', 'rotation-0.outputs']) {
      const { status, json } = await ask(url, `/api/runs/${id}/models/${fold}`);
      expect(status).toBe(404);
      expect(json().message).toBeTruthy();
    }
  });

  it('answers with the kernels, the words and the model that ship with Lexel', async () => {
    for (const [path, file] of SHIPPED) {
      const answer = await fetch(new URL(`api/${path}`, url));
      expect(Buffer.from(await answer.arrayBuffer()).equals(readFileSync(file))).toBe(true);
    }
  });
});
