import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-labels-'));
afterAll(() => rmSync(dir, { recursive: true }));
const run = (...args: string[]) => lexel(args, { cwd: dir });
const SMALL = '--data shapes --words shapes --net lite --epochs 1 --limit 320 --batch 32 --workers 1'.split(
  ' ',
);

beforeAll(async () => {
  const { code, err } = await run(
    'train',
    ...SMALL,
    '--holdout',
    'red circle, Blue-Heart',
    '--out',
    'runs/t',
  );
  expect(code, err).toBe(0);
  const { default: sharp } = await import('sharp');
  await sharp({ create: { width: 32, height: 32, channels: 3, background: '#a33' } }).toFile(
    join(dir, 'a.png'),
  );
});

/** The same label or labels, as typed by different people. */
const SPELLINGS = ['red_circle', 'red circle', 'Red-Circle'];

describe.concurrent('a label is the same with _, - or a space', () => {
  it('in --holdout', () => {
    const { folds, dataset } = JSON.parse(readFileSync(join(dir, 'runs/t/run.json'), 'utf8'));
    expect(folds[0].heldOut.map((c: number) => dataset.classes[c]).sort()).toEqual([
      'blue_heart',
      'red_circle',
    ]);
  });

  it('in --holdout with --resume', async () => {
    const again = await run('train', '--resume', 'runs/t', '--holdout', 'blue heart,red-circle');
    expect(again).toMatchObject({ code: 0 });
  });

  it('in --classes of loo', async () => {
    const { code, err } = await run('loo', ...SMALL, '--classes', 'red circle', '--out', 'runs/l');
    expect(code, err).toBe(0);
    const { folds } = JSON.parse(readFileSync(join(dir, 'runs/l/run.json'), 'utf8'));
    expect(folds.map(({ id }: { id: string }) => id)).toEqual(['red_circle']);
  });

  it('in --labels of classify', async () => {
    const outputs = await Promise.all(
      SPELLINGS.map((name) =>
        run('classify', 'a.png', '--model', 'runs/t', '--labels', `${name},white star`, '--json'),
      ),
    );
    expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(new Set(outputs.map(({ out }) => out)).size).toBe(1);
    const labels = JSON.parse(outputs[0].out)[0].words.map(({ label }: { label: string }) => label);
    expect(labels.sort()).toEqual(['red_circle', 'white_star']);
  });

  it('in expressions of find', async () => {
    expect(await run('index', '.', '--out', 'i.lex', '--model', 'runs/t')).toMatchObject({ code: 0 });
    const outputs = await Promise.all(
      ['red_circle + white_star', 'red circle + white star', '"Red-Circle" + "white star"'].map((text) =>
        run('find', text, '--index', 'i.lex', '--json'),
      ),
    );
    expect(new Set(outputs.map(({ out }) => out)).size).toBe(1);
    expect(outputs[0].code).toBe(0);
  });

  it('in questions and files of superclasses', async () => {
    writeFileSync(join(dir, 'questions.txt'), ': colours\nred-circle Blue_Heart white-star grey_star\n');
    const asked = await run('analogies', 'questions.txt', '--model', 'runs/t', '--draws', '5', '--json');
    expect(asked.code, asked.err).toBe(0);
    expect(JSON.parse(asked.out).questions[0].labels).toEqual([
      'red_circle',
      'blue_heart',
      'white_star',
      'grey_star',
    ]);
    const { classes } = JSON.parse((await run('data', 'info', 'shapes', '--json')).out);
    const lines = classes.map(({ label }: { label: string }) => `${label.replace('_', ' ')},one`);
    writeFileSync(join(dir, 'groups.csv'), lines.join('\n'));
    const grouped = await run('data', 'info', 'shapes', '--superclasses', 'groups.csv', '--json');
    expect(grouped.code, grouped.err).toBe(0);
    expect(JSON.parse(grouped.out).superclasses).toEqual(['one']);
  });
});
