/** Folders with broken and unusual files, with the commands that train and inspect data. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-folders-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const run = (...args: string[]) => lexel(args, { cwd: dir });
const TRAIN =
  'train --data mine --words shapes --net lite --width 0.25 --size 16 --batch 4 --epochs 1 --backend wasm'.split(
    ' ',
  );

async function draw(name: string, background: string): Promise<void> {
  const file = join(dir, 'mine', name);
  mkdirSync(dirname(file), { recursive: true });
  await sharp({ create: { width: 20, height: 20, channels: 3, background } })
    .png()
    .toFile(file);
}

beforeAll(async () => {
  for (const [c, label] of ['red_circle', 'blue_square', 'blue_circle', 'red_square'].entries())
    for (let i = 0; i < 5; i++)
      await draw(`${label}/${i % 2 ? 'more/' : ''}${i}.png`, `rgb(${80 * c}, ${40 * i}, 9)`);
  writeFileSync(join(dir, 'mine', 'blue_square', 'notes.txt'), 'x');
  writeFileSync(join(dir, 'mine', 'red_circle', '2.png'), 'no image');
  symlinkSync('gone.png', join(dir, 'mine', 'blue_circle', 'more', 'dead.png'));
});

const skipped = (out: string): { file: string; reason: string }[] =>
  JSON.parse(readFileSync(join(dir, out, 'run.json'), 'utf8')).dataset.skipped;

const BROKEN = [
  '  blue_circle/more/dead.png: is a link to nothing',
  expect.stringMatching(/^ {2}red_circle\/2\.png: is not a readable image \(.+\)$/),
];

describe('a folder with broken images', () => {
  it('is described with its broken files by `data info`', async () => {
    const { code, out, err } = await run('data', 'info', 'mine');
    expect(code).toBe(1);
    expect(err.split('\n')).toEqual([
      'lexel: mine: 2 files or folders cannot be read:',
      ...BROKEN,
      'passed over: 1 not an image (.txt)',
      '',
    ]);
    expect(out).toMatch(/\nbroken +2 files or folders, left out of these numbers\n/);
    const json = await run('data', 'info', 'mine', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      train: 15,
      test: 4,
      broken: [
        { file: 'blue_circle/more/dead.png', reason: 'is a link to nothing' },
        { file: 'red_circle/2.png' },
      ],
      passedOver: { notImage: 1, endings: { '.txt': 1 } },
    });
    const shapes = JSON.parse((await run('data', 'info', 'shapes', '--json')).out);
    expect(Object.keys(shapes)).not.toContain('broken');
  });

  it('is not used for training, unless the broken files are skipped and recorded', async () => {
    const refused = await run(...TRAIN, '--out', 'run');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err.split('\n')).toEqual([
      'lexel: mine: 2 files or folders cannot be read:',
      ...BROKEN,
      expect.stringMatching(/^ {2}Repair or remove them, .*--skip-broken/),
      '',
    ]);
    const done = await run(...TRAIN, '--out', 'run', '--skip-broken');
    expect(done.code).toBe(0);
    expect(done.err).toContain('left out (--skip-broken): 2 files or folders cannot be read:\n');
    expect(done.err).toContain('\npassed over: 1 not an image (.txt)\n');
    const { dataset } = JSON.parse(readFileSync(join(dir, 'run', 'run.json'), 'utf8'));
    expect(dataset).toMatchObject({ trainCount: 15, testCount: 4 });
    expect(skipped('run')).toEqual([
      { file: 'blue_circle/more/dead.png', reason: 'is a link to nothing' },
      { file: 'red_circle/2.png', reason: expect.stringContaining('is not a readable image') },
    ]);
  });

  it('provides its readable images for analogies', async () => {
    writeFileSync(join(dir, 'q.txt'), ': colours\nblue_square red_square blue_circle red_circle\n');
    const analogies = () => run('analogies', 'q.txt', '--model', 'run', '--draws', '3', '--json');
    const same = await analogies();
    expect(same.code).toBe(0);
    expect(same.err).toContain('lexel: mine: 2 files or folders cannot be read:\n');
    expect(JSON.parse(same.out)).toMatchObject({
      sameImages: true,
      broken: [{}, {}],
      passedOver: { notImage: 1 },
    });
    const file = join(dir, 'mine', 'red_square', '0.png');
    const bytes = readFileSync(file);
    writeFileSync(file, 'broken since');
    const fewer = await analogies();
    expect(fewer.code).toBe(1);
    expect(JSON.parse(fewer.out)).toMatchObject({
      sameImages: false,
      broken: [{}, {}, { file: 'red_square/0.png' }],
    });
    writeFileSync(file, bytes);
  });

  it('accepts more folds after the broken files have been deleted', async () => {
    cpSync(join(dir, 'mine'), join(dir, 'other'), { recursive: true, verbatimSymlinks: true });
    const fold = (i: number) =>
      run(
        ...['loo', ...TRAIN.slice(3), '--data', 'other', '--skip-broken', '--out', 'loo', '--folds', `${i}`],
      );
    expect((await fold(0)).code).toBe(0);
    for (const { file } of skipped('loo')) rmSync(join(dir, 'other', file));
    expect((await fold(1)).out).toContain('Continuing the existing run: 1 fold, 1 added now');
    expect(skipped('loo')).toHaveLength(2);
  });

  it('is resumed only with the same images', async () => {
    const resume = (...more: string[]) => run('train', '--resume', 'run', '--backend', 'wasm', ...more);
    expect((await resume()).code).toBe(0);
    expect((await resume('--skip-broken')).code).toBe(0);
    writeFileSync(join(dir, 'mine', 'red_circle', '4.png'), 'no more');
    const other = await resume();
    expect(other.code).toBe(1);
    expect(other.err).toMatch(/^lexel: mine: these are not the images that run was begun with/);
    expect(other.err).toMatch(/\n {2}red_circle\/4\.png: is not a readable image/);
    expect(other.err).not.toContain('dead.png');
    // Deleting the skipped files changes nothing.
    await draw('red_circle/4.png', 'rgb(0, 160, 9)');
    rmSync(join(dir, 'mine', 'red_circle', '2.png'));
    expect((await resume()).code).toBe(0);
    rmSync(join(dir, 'mine', 'blue_circle', 'more', 'dead.png'));
    expect((await run(...TRAIN, '--out', 'whole')).code).toBe(0);
    const whole = await run('train', '--resume', 'whole', '--skip-broken');
    expect(whole.code).toBe(2);
    expect(whole.err).toContain('--skip-broken');
    expect(skipped('whole')).toBeUndefined();
  });
});
