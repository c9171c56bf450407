/** `--superclasses`: superclasses for a user's folder, and the measurements over them. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRunFile } from '../../src/crossval/index.js';
import { readSummary } from '../../src/statistics/index.js';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-superclasses-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const run = (line: string) => lexel(line.split(' '), { cwd: dir });
const write = (name: string, content: string) => writeFileSync(join(dir, name), content);

const SMALL =
  '--data mine --words shapes --net lite --width 0.25 --size 16 --batch 4 --epochs 1 --backend wasm';
const CLASSES = ['blue_circle', 'blue_square', 'blue_star', 'red_circle', 'red_square', 'red_star'];
const SHAPES = CLASSES.map((label) => `${label},${label.split('_')[1]}\n`).join('');

beforeAll(async () => {
  for (const [c, label] of CLASSES.entries()) {
    mkdirSync(join(dir, 'mine', label), { recursive: true });
    for (let i = 0; i < 5; i++) {
      const background = `rgb(${40 * c}, ${40 * i}, 9)`;
      await sharp({ create: { width: 20, height: 20, channels: 3, background } })
        .png()
        .toFile(join(dir, 'mine', label, `${i}.png`));
    }
  }
  write('shapes.csv', SHAPES);
  write('again.json', JSON.stringify(Object.fromEntries(CLASSES.map((l) => [l, l.split('_')[1]]))));
  write('colours.txt', CLASSES.map((label) => `${label}\t${label.split('_')[0]}\r\n`).join(''));
});

describe('lexel loo --superclasses', () => {
  const LOO = `loo ${SMALL} --protocol one-per-superclass --superclasses`;

  it('holds out one class per superclass, and reports over superclasses', async () => {
    expect((await run(`loo ${SMALL} --protocol one-per-superclass --out plain`)).err).toContain(
      'give its classes superclasses with --superclasses <file>',
    );
    const first = await run(`${LOO} shapes.csv --folds 0 --out run`);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toContain('\n3 superclasses from shapes.csv\n');
    const { dataset, folds } = readRunFile(join(dir, 'run'));
    expect(dataset).toMatchObject({
      superclasses: ['circle', 'square', 'star'],
      superclassOf: [0, 1, 2, 0, 1, 2],
      superclassFile: { path: 'shapes.csv', replaced: false },
    });
    expect(folds).toEqual([{ id: 'rotation-0', heldOut: [0, 1, 2] }]);
  });

  it('joins a run only with the same superclasses, whatever the name of their file', async () => {
    const other = await run(`${LOO} colours.txt --folds 1 --out run`);
    expect(other.err).toMatch(/^lexel: run already holds a run with another set of superclasses/);
    expect(other.err).toContain('give the --superclasses that the run was begun with');
    expect(other.code).toBe(2);
    const same = await run(`${LOO} again.json --folds 1 --out run`);
    expect(same.out).toContain('Continuing the existing run: 1 fold, 1 added now');
    expect(same.out).toMatch(/right superclass among 6 labels: hp@2 \d/);
    expect(readRunFile(join(dir, 'run')).dataset.superclassFile?.path).toBe('shapes.csv');
  });

  it('is resumed with its superclasses, with or without the option', async () => {
    const resume = (more = '') => run(`loo --resume run --backend wasm${more}`);
    rmSync(join(dir, 'run', 'folds', 'rotation-1.jsonl'));
    rmSync(join(dir, 'shapes.csv'));
    expect(await resume()).toMatchObject({ code: 0 });
    write('shapes.csv', SHAPES);
    expect(await resume(' --superclasses shapes.csv')).toMatchObject({ code: 0 });
    write('copy.csv', SHAPES);
    expect(await resume(' --superclasses copy.csv')).toMatchObject({ code: 0 });
    const other = await resume(' --superclasses colours.txt');
    expect(other.err).toMatch(
      /^lexel: colours\.txt: the superclass of "\w+" is "\w+", but run was begun with/,
    );
    expect(other.code).toBe(1);
    write('shapes.csv', SHAPES.replace('red_star,star', 'red_star,square'));
    const changed = await resume(' --superclasses shapes.csv');
    expect(changed.err).toMatch(
      /^lexel: shapes\.csv: the superclass of "red_star" is "square", but run was begun with "star" for it\n/,
    );
    expect(changed.code).toBe(1);
    expect(await resume()).toMatchObject({ code: 0 });
    write('shapes.csv', SHAPES);
  });

  it('shows them in the report, and can be compared with a run without superclasses', async () => {
    const report = await run('report run');
    expect(report.code).toBe(0);
    const csv = readFileSync(join(dir, 'run', 'report', 'classes.csv'), 'utf8').split('\r\n');
    expect(csv[1].split(',').slice(0, 4)).toEqual(['rotation-0', '0', 'blue_circle', 'circle']);
    const summary = readSummary(join(dir, 'run', 'report', 'summary.json'));
    expect(summary.run.dataset.superclasses).toEqual(CLASSES.map((label) => label.split('_')[1]));
    expect(summary.why.superclasses.map(({ labels }) => labels.length)).toEqual([2, 2, 2]);
    expect(summary.classes[0].superclass).toBe('circle');
    expect(
      await run(`train ${SMALL} --holdout blue_circle,blue_square,blue_star --out without`),
    ).toMatchObject({ code: 0 });
    const compared = await run('compare run without --json');
    expect(JSON.parse(compared.out).labels).toEqual(['blue_circle', 'blue_square', 'blue_star']);
    const given = await run('train --resume without --backend wasm --superclasses shapes.csv');
    expect(given.err).toContain('but without was begun without superclasses');
    expect(given.code).toBe(1);
  });

  it('keeps seeds of different superclasses apart', async () => {
    const seed = (n: number, file: string) =>
      run(`loo ${SMALL} --protocol holdout:3 --seeds ${n} --superclasses ${file} --out seeds`);
    expect((await seed(0, 'shapes.csv')).code).toBe(0);
    expect((await seed(1, 'colours.txt')).code).toBe(0);
    const report = await run('report seeds');
    expect(report.err).toContain('seed-0 and seed-1 are different experiments: superclasses ');
    expect(report.code).toBe(1);
  });
});

describe('--superclasses elsewhere', () => {
  it('of `train` replaces the superclasses of the data set', async () => {
    const { classes } = JSON.parse((await run('data info shapes --json')).out);
    const lines = classes.map(({ label }: { label: string }) => `${label},${label.split('_')[0]}`);
    write('by-colour.csv', lines.join('\n'));
    const shapes = '--net lite --width 0.25 --epochs 1 --limit 32 --batch 32 --holdout red_circle';
    const done = await run(`train ${shapes} --superclasses by-colour.csv --out colours`);
    expect(done.out).toMatch(/\n\d+ superclasses from by-colour\.csv, instead of those of the data set\n/);
    const { dataset } = readRunFile(join(dir, 'colours'));
    expect(dataset.superclassFile).toEqual({ path: 'by-colour.csv', replaced: true });
    expect(dataset.superclasses).toEqual([...dataset.superclasses].sort());
    expect(dataset.superclasses).toContain('red');
    expect(dataset.superclasses).not.toContain('circle');
  });

  it('of `data info` lists the classes by superclass', async () => {
    const { out, code } = await run('data info mine --size 16 --superclasses shapes.csv');
    expect(code).toBe(0);
    expect(out).toMatch(/\nsuperclasses +3\n/);
    expect(out).toMatch(/\ncircle +blue_circle red_circle\n/);
    const hash = (text: string) => /\nhash +(\w+)/.exec(text)?.[1];
    expect(hash(out)).toBe(hash((await run('data info mine --size 16')).out));
  });

  it.each([
    ['blue_circel,circle\n', 'line 1: the data set has no class "blue_circel"', 'Did you mean blue_circle'],
    ['blue_circle,circle\n', "5 of the data set's 6 classes have no superclass", 'Every class needs one'],
    ['# none\n', 'contains no classes', 'Expected one line per class, <class>,<superclass>'],
  ])('refuses %j before anything is written', async (content, message, hint) => {
    write('bad.csv', content);
    const { code, out, err } = await run(`loo ${SMALL} --superclasses bad.csv --out bad`);
    expect(err).toContain(`lexel: bad.csv: ${message}`);
    expect(err).toContain(`\n  ${hint}`);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect((await run('report bad')).err).toContain('bad is not a run directory');
  });
});
