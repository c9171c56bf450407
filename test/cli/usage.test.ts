import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fakeRun } from '../statistics/support/fake-run.js';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-usage-'));
afterAll(() => rmSync(dir, { recursive: true }));
mkdirSync(join(dir, 'nothing'));
const made = { classes: ['bus', 'otter', 'oak'], groups: [[0], [1]], protocol: 'loo' };
fakeRun(join(dir, 'runs', 'begun'), { ...made, unfinished: 2 });
fakeRun(join(dir, 'runs', 'done'), made);
const env = { LEXEL_DATA: '', XDG_CACHE_HOME: join(dir, 'cache') };
const run = (...args: string[]) => lexel(args, { cwd: dir, env });

describe.concurrent('wrong usage exits with 2 and an error message', () => {
  const cases: [string, string][] = [
    ['nope', "unknown command 'nope'"],
    ['loo --bogus', "unknown option '--bogus'"],
    [
      'loo --epochs many',
      "option '--epochs <n>' argument 'many' is invalid. It must be a whole number, at least 1.",
    ],
    ['loo --net vgg --out new', 'no network "vgg"'],
    ['loo --preset magic --out new', 'unknown preset "magic"'],
    ['loo --recipe soup --out new', 'unknown recipe "soup"'],
    ['loo --control placebo --out new', 'unknown control "placebo"'],
    [
      'loo --ranking -1',
      "option '--ranking <margin>' argument '-1' is invalid. It must be a number above 0 up to 2.",
    ],
    [
      'loo --control one-hot --recipe unit --out new',
      '--control one-hot trains a classifier, without words and with a fixed loss',
    ],
    ['loo --protocol lucky --out new', 'unknown protocol "lucky"'],
    ['loo --classes red_circel --out new', 'the data set has no class "red_circel"'],
    ['loo --limit 100 --out new', '--limit 100 leaves fewer images than one batch of 128'],
    [
      'loo --protocol holdout:20 --keep-outputs held-out --out new',
      "--keep-outputs held-out: holdout:20 always stores the seen images' outputs too",
    ],
    ['loo --batch 5950 --out new', '--batch 5950: fold black_cross has only 5900 training images'],
    ['loo --shard 0/3 --out new', '--shard 0/3: not a shard'],
    [
      'loo --backend gpu',
      "option '--backend <name>' argument 'gpu' is invalid. Allowed choices are native, wasm, auto.",
    ],
    ['train --alias old', "option '--alias <old=new>' argument 'old' is invalid. Write it as old=new."],
    ['compare one', 'a single run cannot be compared'],
    ['classify', "missing required argument 'images'"],
    ['words train corpus.txt', "required option '--out <file>' not specified"],
    [
      'data info nowhere',
      'no data set "nowhere": neither one of shapes, cifar-100, cifar-10 nor an existing folder',
    ],
    ['data get nowhere', 'unknown data set "nowhere"'],
    ['words get nowhere', 'unknown word vectors "nowhere"'],
    ['words info nowhere', 'no word vectors "nowhere": neither a set nor an existing file'],
    ['report runs/done --vocab nowhere', 'no word vectors "nowhere": neither a set nor an existing file'],
    ['words nearest xqzzw --words shapes', '"xqzzw" is not among the 343 words of shapes.lexw'],
    ['words nearest circle+ --words shapes', 'a word is missing at the end'],
    ['model describe nowhere', 'no network "nowhere"'],
    ['report runs/done --reading nowhere', 'unknown reading "nowhere"'],
  ];
  it.each(cases)('lexel %s', async (line, message) => {
    const { code, out, err } = await run(...line.split(' '));
    expect(err.split('\n')[0]).toBe(`lexel: ${message}`);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    ['data info cifar-1000', 'Did you mean cifar-100?'],
    ['data get cifar100', 'did you mean cifar-100?'],
    ['words info glov', 'Did you mean glove?'],
    ['words get glove6B', 'did you mean glove.6B?'],
    ['model describe micronett', 'did you mean micronet?'],
    ['loo --net litee --out new', 'did you mean lite?'],
    ['loo --preset adam --out new', 'did you mean adamw?'],
    ['loo --recipe centered --out new', 'did you mean centred?'],
    ['loo --control permute --out new', 'did you mean permuted?'],
    ['loo --classes red_circel --out new', 'did you mean red_circle'],
    ['report runs/done --reading consee', 'did you mean conse?'],
    ['reprot', 'Did you mean report?'],
    ['loo --epoch 3', 'Did you mean --epochs?'],
  ])('lexel %s: %s', async (line, hint) => {
    const { code, err } = await run(...line.split(' '));
    expect(err).toContain(hint);
    expect(code).toBe(2);
  });

  it.each([
    ['report runs', 'runs', 'report runs/done'],
    ['report runs --vocab shapes', 'runs', 'report runs/done --vocab shapes'],
    [
      'report runs/done --compared-with=runs,runs/begun',
      'runs',
      'report runs/done --compared-with=runs/done,runs/begun',
    ],
    ['compare runs', 'runs', 'compare runs/done runs/begun'],
    ['classify x.png --model runs', '--model runs', 'classify x.png --model runs/done'],
    ['analogies --model=runs', '--model runs', 'analogies --model=runs/done'],
    ['index . --out x.lex --model runs', '--model runs', 'index . --out x.lex --model runs/done'],
    ['model describe runs', '--model runs', 'model describe runs/done'],
    ['loo --resume runs', '--resume runs', 'loo --resume runs/begun'],
    ['train --resume=runs', '--resume runs', 'train --resume=runs/begun'],
    // Another word with the same path is not the folder of runs.
    ['classify runs --model runs', '--model runs', 'classify runs --model runs/done'],
    ['classify --model runs -- runs', '--model runs', 'classify --model runs/done -- runs'],
    ['index runs --model=runs --out runs', '--model runs', 'index runs --model=runs/done --out runs'],
    ['report runs --out runs', 'runs', 'report runs/done --out runs'],
    ['report --strict --out runs runs', 'runs', 'report --strict --out runs runs/done'],
    [
      'report --out=runs runs/done --compared-with runs',
      'runs',
      'report --out=runs runs/done --compared-with runs/done',
    ],
    ['compare --folds runs runs', 'runs', 'compare --folds runs runs/done runs/begun'],
    ['model describe runs --figure runs', '--model runs', 'model describe runs/done --figure runs'],
  ])('lexel %s lists the runs of a folder', async (line, named, instead) => {
    const { code, out, err } = await run(...line.split(' '));
    const lines = err.split('\n');
    expect(lines.slice(0, 3)).toEqual([
      `lexel: ${named} is a folder of 2 runs, not a run`,
      '  runs/begun  0 of 2 folds finished',
      '  runs/done   2 of 2 folds finished',
    ]);
    expect(lines.slice(-2)).toEqual([`    lexel ${instead}`, '']);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  it('refuses a directory that is not empty', async () => {
    mkdirSync(join(dir, 'full'));
    writeFileSync(join(dir, 'full', 'thesis.txt'), 'mine');
    const { code, err } = await run('loo', '--out', 'full');
    expect(err).toBe('lexel: full is not empty\n  give another --out\n');
    expect(code).toBe(2);
  });
});

describe.concurrent('failures exit with 1 and a way out, without a stack', () => {
  it.each([
    ['report nowhere', 'nowhere is not a run directory: it has no run.json'],
    ['loo --resume nowhere', 'nowhere is not a run directory: it has no run.json'],
    ['data info cifar-100', 'cifar-100 not found (searched'],
    ['data info shapes --data-dir nowhere', `${join(dir, 'nowhere')}: no such directory (--data-dir)`],
    ['words info glove', 'no word vectors "glove": no glove.6B'],
    ['report nothing', 'nothing is not a run directory'],
    ['compare nowhere runs/done', 'nowhere is not a run directory'],
    ['classify nowhere.png', 'nowhere.png: no such file'],
    ['classify x.png --model nowhere', '--model nowhere: no such file or run directory'],
    ['model pack nowhere --out m.safetensors', '--model nowhere: no such file or run directory'],
    ['find circle --index nowhere.lex', 'nowhere.lex: no such index'],
    ['index nowhere --out x.lex', 'nowhere: no such folder'],
    ['pause nowhere --list', 'nowhere: no such folder'],
    ['words pack nowhere x.lexw', 'nowhere: no such file'],
    ['words train nowhere --out x.txt', 'nowhere: no such file'],
    ['words evaluate nowhere --words shapes', 'nowhere: no such file'],
    ['data info shapes --superclasses nowhere', 'nowhere: no such file'],
    [
      'loo --net lite --width 0.25 --limit 128 --epochs 2 --lr 1e30 --clip 0 --warmup 0 --folds 0-1 --out small',
      '2 of 2 folds failed',
    ],
  ])('lexel %s', async (line, message) => {
    const { code, err } = await run(...line.split(' '));
    expect(err).toContain(`lexel: ${message}`);
    expect(err).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });
});

describe.concurrent('success exits with 0', () => {
  it.each([
    ['--version', /^\d+\.\d+\.\d+\n$/],
    ['--help', /demo.*train.*loo.*report.*classify.*words.*data.*model/s],
    ['loo --help', /--protocol.*--resume/s],
    ['data info shapes', /^data {11}shapes$.*^classes {8}60$/ms],
    ['words nearest circle --words shapes --top 2', /^word +cosine\n\w+ +0\.\d{4}\n\w+ +0\.\d{4}\n$/],
    ['model describe micronet', /464,918/],
  ])('lexel %s', async (line, output) => {
    const { code, out, err } = await run(...line.split(' '));
    expect(err).toBe('');
    expect(out).toMatch(output);
    expect(code).toBe(0);
  });
});
