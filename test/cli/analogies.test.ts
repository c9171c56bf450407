import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-analogies-'));
afterAll(() => rmSync(dir, { recursive: true }));
const run = (...args: string[]) => lexel(['analogies', ...args], { cwd: dir });

describe('lexel analogies', () => {
  beforeAll(async () => {
    const command =
      'loo --net lite --width 0.25 --batch 32 --limit 256 --epochs 1 --protocol holdout:20 --folds 0-1 --out run';
    expect(await lexel(command.split(' '), { cwd: dir })).toMatchObject({ code: 0 });
  });

  it('uses all folds of a run and the questions of its data set, grouped by seen and unseen labels', async () => {
    const { code, out } = await run('--model', 'run', '--draws', '5');
    expect(code).toBe(0);
    expect(out).toContain('assets/analogies/shapes.txt: 264 questions in 4 sections\n2 models, one per fold');
    expect(out).toMatch(/\nd was held out of training: \d+ questions/);
    expect(out).toMatch(/\na, b, c and d were all in training: \d+ questions, \d+ trials over all models\n/);
    for (const form of ['images', 'means', 'mixed', 'words']) {
      expect(out).toMatch(new RegExp(`\\n${form} +b − a \\+ c +\\d+\\.\\d %`));
    }
    expect(out).toMatch(/\nchance +1\.8 % +8\.8 % +29\.0\n/);
    expect(out).toMatch(/\nanother pattern +\d+ +\d/);
  });

  it('prints the numbers as JSON for one model and a file of questions', async () => {
    writeFileSync(join(dir, 'mine.txt'), ': colours\nblue_square red_square blue_heart red_heart\n');
    const model = 'run/folds/split-1.model.safetensors';
    const { code, out } = await run('mine.txt', '--model', model, '--json', '--draws', '7', '--seed', '3');
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({
      format: 'lexel-analogies',
      file: 'mine.txt',
      models: [{ file: model, fold: 'split-1' }],
      sameImages: true,
      labels: 60,
      draws: 7,
      seed: 3,
      chance: { rank: 29 },
    });
    expect(report.groups).toHaveLength(1);
    expect(report.groups[0].each).toMatchObject([{ question: 0, models: 1 }]);
    expect(report.trials).toBeUndefined();
    const table = await run('mine.txt', '--model', model, '--form', 'words,images', '--method', '3cosmul');
    expect(table.out).toMatch(/\nimages +b − a(.|\n)*\nwords +b − a/);
    expect(table.out).not.toContain('mixed');
  });

  it('gives errors that name the place', async () => {
    writeFileSync(join(dir, 'wrong.txt'), 'blue_square red_squre blue_heart red_heart\n');
    const wrong = await run('wrong.txt', '--model', 'run');
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err).toMatchInlineSnapshot(`
      "lexel: wrong.txt: line 1: "red_squre" is not one of the 60 labels of shapes
        Nearest: red_square, red_star.
      "
    `);
    const form = await run('--form', 'pixels');
    expect(form.code).toBe(2);
    expect(form.err).toContain('"pixels" is not one of images, means, mixed, words.');
  });

  it('answers with words alone like words evaluate', async () => {
    writeFileSync(join(dir, 'google.txt'), '# sums\n: colours\nred blue blue red\nred square blue circle\n');
    const [alone, evaluate] = await Promise.all([
      run('google.txt', '--words', 'shapes'),
      lexel(['words', 'evaluate', 'google.txt', '--words', 'shapes'], { cwd: dir }),
    ]);
    expect(alone).toEqual(evaluate);
    expect(alone.out).toMatch(/^section +questions/);
    expect(await run('google.txt', '--words', 'shapes', '--model', 'run')).toMatchObject({ code: 2 });
    expect((await run('--words', 'shapes')).err).toContain('--words needs a file of questions');
  });
});
