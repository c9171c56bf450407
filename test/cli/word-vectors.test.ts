/** Messages of commands about faulty word vectors, and the errors for those that they refuse. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWords } from '../../src/words/index.js';
import { drawFolder, LABELS, saveUntrained } from '../search/untrained.js';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-word-vectors-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const env = { LEXEL_DATA: dir, XDG_CACHE_HOME: dir };
const run = (...args: string[]) => lexel(args, { cwd: dir, env });
const json = (file: string) => JSON.parse(readFileSync(join(dir, file), 'utf8'));

const REPAIRED =
  'lexel: v.txt: 1 repeated word passed over; the first vector of each word is kept (line 4, "blue")\n';

beforeAll(async () => {
  writeFileSync(join(dir, 'v.txt'), 'red 1 0\nblue 0 1\ngreen 1 1\nblue 5 5\n');
  writeFileSync(join(dir, 'short.txt'), '9 2\nred 1 0\nblue 0 1\n');
  // The words of the shapes, one of them repeated and one with a zero vector.
  const words = await openWords('shapes');
  const row = (word: string, vector: Iterable<number>) => `${word} ${[...vector].join(' ')}\n`;
  const rows = words.words.map((word) => row(word, words.require(word)));
  const zero = row('red_star', new Float32Array(words.dimension));
  writeFileSync(join(dir, 'shapes.txt'), [...rows, rows[3], zero].join(''));
});

describe('repairs', () => {
  it('are one line on standard error for every command', async () => {
    const info = await run('words', 'info', 'v.txt');
    expect(info).toMatchObject({ code: 0, err: REPAIRED });
    expect(info.out).toMatch(/^repaired +1 repeated word passed over/m);
    const { out } = await run('words', 'info', 'v.txt', '--json');
    expect(JSON.parse(out).repairs).toEqual([{ what: 'repeated', count: 1, first: 'line 4, "blue"' }]);
    expect(await run('words', 'nearest', 'red', '--words', 'v.txt')).toMatchObject({
      code: 0,
      err: REPAIRED,
    });
    expect(await run('words', 'pack', 'v.txt', 'v.lexw')).toMatchObject({ code: 0, err: REPAIRED });
    expect(await run('words', 'info', 'v.lexw', '--strict')).toMatchObject({ code: 0, err: '' });
  });
  it('are refused by --strict, and a truncated file is read only with --allow-short', async () => {
    for (const line of [
      'words info v.txt',
      'words nearest red --words v.txt',
      'words pack v.txt w.lexw',
      'loo --words v.txt --out x',
    ]) {
      const { code, out, err } = await run(...line.split(' '), '--strict');
      expect(err).toBe(
        'lexel: v.txt: line 4, "blue": this word occurred before\n  Without --strict it is repaired and counted.\n',
      );
      expect({ code, out }).toEqual({ code: 1, out: '' });
    }
    const refused = await run('words', 'info', 'short.txt');
    expect(refused.err).toContain('--allow-short reads it up to there');
    expect(refused.code).toBe(1);
    const allowed = await run('words', 'info', 'short.txt', '--allow-short');
    expect(allowed.err).toMatch(/^lexel: short\.txt: cut short: 7 words are missing/);
    expect(allowed.code).toBe(0);
  });
  it('are reported when images are classified and found', async () => {
    await saveUntrained(join(dir, 'm.safetensors'));
    const [image] = await drawFolder(join(dir, 'pics'));
    const classify = ['classify', image, '--model', 'm.safetensors', '--words', 'shapes.txt'];
    const all = await run(...classify, '--top', '3');
    expect(all.err).toMatch(
      /^lexel: shapes\.txt: 1 repeated word passed over.*\nlexel: left out of the candidates: "red_star" has a zero vector/,
    );
    expect(all.code).toBe(0);
    const named = await run(...classify, '--labels', 'red_star,red_circle');
    expect(named.err).toContain('lexel: "red_star" has a zero vector, which has no direction');
    expect(named.code).toBe(2);
    expect((await run(...classify, '--strict')).err).toMatch(
      /^lexel: shapes\.txt: line \d+, ".*": this word occurred before/,
    );
    const twice = await run(
      'classify',
      image,
      '--model',
      'm.safetensors',
      '--labels',
      `${LABELS[0]},${LABELS[1]},${LABELS[0]}`,
      '--json',
    );
    expect(JSON.parse(twice.out)[0].words).toHaveLength(2);
    await run('index', 'pics', '--out', 'p.lex', '--model', 'm.safetensors');
    const found = await run('find', 'circle', '--index', 'p.lex', '--words', 'shapes.txt');
    expect(found.err).toMatch(/^lexel: shapes\.txt: 1 repeated word passed over/);
    const zero = await run('find', 'circle + red_star', '--index', 'p.lex', '--words', 'shapes.txt');
    expect(zero.err).toContain(
      '"red_star" has a zero vector, which has no direction\n  circle + red_star\n           ^',
    );
    expect(zero.code).toBe(2);
  });
});

describe('words nearest', () => {
  it('refuses an expression without a direction', async () => {
    const { code, out, err } = await run('words', 'nearest', 'red - red', '--words', 'v.txt');
    expect(err).toContain('lexel: "red - red" has no direction, so no word is near it: its terms cancel');
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });
});

describe('labels with the same vector, and with a zero vector', () => {
  const SMALL = '--net lite --width 0.25 --batch 32 --limit 64 --epochs 1'.split(' ');
  const EQUAL = '--alias red_circle=blue_cross --alias pink_circle=blue_cross'.split(' ');
  it('are refused if one is held out and another is seen', async () => {
    const { code, err } = await run('loo', '--folds', '0-59', ...EQUAL, '--out', 'equal');
    expect(err).toMatch(
      /^lexel: fold \w+ holds out "\w+" and trains on "\w+", which has the same vector \(2 more folds likewise\)/,
    );
    expect(err).toContain('--allow-equal-targets');
    expect(code).toBe(1);
    const together = '--holdout red_circle,pink_circle,blue_cross'.split(' ');
    const fine = await run('train', ...together, ...EQUAL, ...SMALL, '--out', 'together');
    expect(fine.err).toMatch(
      /^lexel: Labels that share one vector: .* No fold holds one of them out and trains on another\./,
    );
    expect(fine.code).toBe(0);
  });
  it('are used if allowed, and reported in the terminal, run.json and the report', async () => {
    const line = [
      'loo',
      '--words',
      'shapes.txt',
      '--classes',
      'red_circle,red_star',
      ...EQUAL,
      ...SMALL,
      '--out',
      'allowed',
    ];
    const { code, out, err } = await run(...line, '--allow-equal-targets');
    expect(code).toBe(0);
    expect(err).toMatch(/^lexel: shapes\.txt: 1 repeated word passed over/);
    expect(err).toMatch(
      /^lexel: Labels that share one vector: .* 1 of 2 folds hold one of them out and train on another/m,
    );
    expect(err).toMatch(/^lexel: A label has a zero vector, which has no direction: red_star\./m);
    expect(out).toMatch(/^red_star .*cosine n\/a {2}rank n\/a {2}hit@1 n\/a {2}hit@5 n\/a/m);
    const { words } = json('allowed/run.json');
    expect(words.repaired).toMatchObject([{ what: 'repeated', count: 1 }]);
    expect([...words.equal[0]].sort()).toEqual(['blue_cross', 'pink_circle', 'red_circle']);
    expect(words.zero).toEqual(['red_star']);
    const report = await run('report', 'allowed');
    expect(report.code).toBe(0);
    expect(report.out).toContain('note: Labels that share one vector: ');
    const { notes, classes, candidates } = json('allowed/report/summary.json');
    expect(notes[1]).toContain('A label has a zero vector');
    expect(candidates.all).toBe(59);
    const star = classes.find(({ label }: { label: string }) => label === 'red_star');
    expect([star.all.rank, star.centredCosine]).toEqual([null, null]);
    // A run is resumed as it is, whatever options allowed it.
    expect(await run('loo', '--resume', 'allowed', '--allow-equal-targets', '--strict')).toMatchObject({
      code: 0,
    });
  });
});
