/** The command line of `lexel classify`: many images, folders, lists on standard input, other words. */

import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../src/search/index.js';
import { loadModel, saveModel } from '../../src/train/index.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { drawFolder, saveUntrained } from '../search/untrained.js';
import { lexel, type Outcome, unprivileged } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-classify-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let images: string[];

beforeAll(async () => {
  await saveUntrained(join(dir, 'm.safetensors'));
  images = (await drawFolder(join(dir, 'pics'))).map((path) => relative(dir, path));
  writeFileSync(join(dir, 'pics', 'notes.txt'), 'no image');
});

const env = { LEXEL_DATA: dir, XDG_CACHE_HOME: dir };
const MODEL = ['--model', 'm.safetensors'];
const classify = (...args: string[]) => lexel(['classify', ...MODEL, ...args], { cwd: dir, env });
const lines = ({ out }: Outcome) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Runs it with a list on standard input; `onLine` receives each line of output and may write more paths. */
function piped(
  args: string[],
  input: string | Buffer,
  onLine?: (line: string, write: (text: string) => void) => void,
) {
  const bin = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));
  const child = spawn(process.execPath, [bin, 'classify', ...MODEL, ...args], {
    cwd: dir,
    env: { ...process.env, ...env },
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
    if (onLine && out.endsWith('\n')) onLine(out, (text) => child.stdin.end(text));
  });
  if (onLine) child.stdin.write(input);
  else child.stdin.end(input);
  return new Promise<Outcome>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err: '' }));
  });
}

describe('lexel classify', () => {
  it('searches folders and answers every image in order', async () => {
    const outcome = await classify('pics', 'pics/a.png', '--json-lines', '--top', '2');
    expect(outcome).toMatchObject({ code: 0, err: 'passed over: 1 not an image (.txt)\n' });
    const answers = lines(outcome);
    expect(answers.map((one) => one.image)).toEqual([...images, 'pics/a.png']);
    expect(answers.at(-1).words).toEqual(answers[0].words);
    expect(answers[0].words).toHaveLength(2);
    const json = await classify('pics', 'pics/a.png', '--json', '--top', '2');
    expect(json.out).toBe(`${JSON.stringify(answers, null, 2)}\n`);
    const text = await classify('pics', '--top', '1');
    expect(text.out.match(/^pics\/.*\nword +cosine\n/gm)).toHaveLength(5);
  });

  it('reads paths from standard input, by line or NUL', async () => {
    const byLine = await piped(['-', '--json-lines'], `${images.join('\r\n')}\n\n`);
    expect(lines(byLine).map((one) => one.image)).toEqual(images);
    const byNull = await piped(['-', '-0', '--json-lines'], images.join('\0'));
    expect(byNull.out).toBe(byLine.out);
    const none = await piped(['-', '--json'], '');
    expect(none).toMatchObject({ code: 0, out: '[]\n' });
  });

  it('answers a path before the next one comes', async () => {
    let answeredFirst = false;
    const outcome = await piped(['-', '--json-lines', '--top', '1'], `${images[0]}\n`, (out, end) => {
      if (answeredFirst) return;
      answeredFirst = out.trim().split('\n').length === 1;
      end(`${images[1]}\n`);
    });
    expect(answeredFirst).toBe(true);
    expect(lines(outcome).map((one) => one.image)).toEqual(images.slice(0, 2));
  });

  it('reports what it cannot read, answers the rest, and exits with 1', async () => {
    writeFileSync(join(dir, 'bad.png'), 'not an image');
    const outcome = await classify('bad.png', 'pics/a.png', 'nowhere', '--json-lines');
    expect(outcome.code).toBe(1);
    expect(lines(outcome).map((one) => Object.keys(one)[1])).toEqual(['error', 'words', 'error']);
    expect(outcome.err).toContain('lexel: bad.png: is not a readable image');
    expect(outcome.err).toContain('lexel: nowhere: no such file');
  });

  it('continues after unreadable files of a folder, lists them, and counts skipped files', async () => {
    const mixed = join(dir, 'mixed');
    mkdirSync(join(mixed, 'sub'), { recursive: true });
    symlinkSync('self.png', join(mixed, 'self.png'));
    symlinkSync('gone.jpg', join(mixed, 'dead.jpg'));
    execFileSync('mkfifo', [join(mixed, 'pipe.png')]);
    for (const name of ['.DS_Store', 'x.pdf']) writeFileSync(join(mixed, name), '');
    copyFileSync(join(dir, 'pics', 'a.png'), join(mixed, 'sub', 'z.png'));
    copyFileSync(join(dir, 'pics', 'b.jpg'), join(mixed, 'b.jfif'));
    const outcome = await classify('mixed', '--json-lines', '--top', '1');
    expect(outcome.code).toBe(1);
    expect(lines(outcome).map((one) => [one.image, Object.keys(one)[1]])).toEqual([
      ['mixed/b.jfif', 'words'],
      ['mixed/dead.jpg', 'error'],
      ['mixed/self.png', 'error'],
      ['mixed/sub/z.png', 'words'],
    ]);
    expect(outcome.err.split('\n')).toEqual([
      'lexel: mixed/dead.jpg: is a link to nothing',
      'lexel: mixed/self.png: it is a link that leads back to itself',
      'passed over: 1 hidden, 1 not an image (.pdf), 1 neither file nor folder',
      '',
    ]);
    // Files that are named are always tried.
    const named = await classify(
      'mixed/self.png',
      'mixed/pipe.png',
      'mixed/x.pdf',
      'mixed/b.jfif',
      '--top',
      '1',
    );
    expect(named.code).toBe(1);
    expect(named.err.match(/^lexel: .*/gm)).toEqual([
      'lexel: mixed/self.png: it is a link that leads back to itself',
      'lexel: mixed/pipe.png: is a pipe, not a file',
      'lexel: mixed/x.pdf: is not a readable image (the file is empty)',
    ]);
    expect(named.out).toContain('mixed/b.jfif\n');
    expect((await classify('mixed/self.png')).err).toBe(
      'lexel: mixed/self.png: it is a link that leads back to itself\n',
    );
    mkdirSync(join(mixed, 'none', '.git'), { recursive: true });
    const none = await classify('mixed/none');
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toMatch(
      /^lexel: mixed\/none: contains no image\n {2}Supported images: \.png, .*\npassed over: 1 hidden\n$/,
    );
  });

  it.runIf(process.platform === 'linux')(
    'takes names that are not UTF-8, from folders and lists',
    async () => {
      const name = Buffer.from('caf\xe9.png', 'latin1');
      const there = Buffer.concat([Buffer.from(`${dir}/latin/`), name]);
      mkdirSync(join(dir, 'latin'));
      copyFileSync(join(dir, 'pics', 'a.png'), there);
      const [expected] = lines(await classify('pics/a.png', '--json-lines'));
      const found = { ...expected, image: 'latin/caf\\xE9.png' };
      const walked = await classify('latin', '--json-lines');
      expect(walked).toMatchObject({ code: 0, err: '' });
      expect(lines(walked)).toEqual([found]);
      for (const [flags, end] of [
        [['-'], '\n'],
        [['-', '-0'], '\0'],
      ] as const) {
        const list = Buffer.concat([Buffer.from('latin/'), name, Buffer.from(end)]);
        expect(lines(await piped([...flags, '--json-lines'], list))).toEqual([found]);
      }
    },
  );

  const user = unprivileged();
  it.runIf(user)('continues after a folder that it may not enter', async () => {
    const open = mkdtempSync(join(tmpdir(), 'lexel-locked-'));
    afterAll(() => rmSync(open, { recursive: true, force: true }));
    cpSync(join(dir, 'pics'), join(open, 'pics'), { recursive: true });
    copyFileSync(join(dir, 'm.safetensors'), join(open, 'm.safetensors'));
    mkdirSync(join(open, 'pics', 'lost+found'));
    copyFileSync(join(dir, 'pics', 'a.png'), join(open, 'pics', 'private.png'));
    chmodSync(open, 0o777);
    for (const name of ['lost+found', 'private.png']) chmodSync(join(open, 'pics', name), 0);
    const as = { cwd: open, env, ...user };
    const said = ['lost+found', 'private.png'].map(
      (name) => `lexel: pics/${name}: you may not read or write there\n`,
    );
    const answers = await lexel(['classify', ...MODEL, 'pics', '--json-lines'], as);
    expect(answers.code).toBe(1);
    expect(lines(answers).filter((one) => one.words)).toHaveLength(5);
    expect(answers.err).toBe(`${said.join('')}passed over: 1 not an image (.txt)\n`);
    const index = await lexel(['index', ...MODEL, 'pics', '--out', 'p.lex', '--json'], as);
    expect(index.code).toBe(1);
    expect(JSON.parse(index.out)).toMatchObject({
      images: 5,
      failed: [{ image: 'pics/lost+found' }, { image: 'pics/private.png' }],
      passedOver: { notImage: 1, hidden: 0, endings: { '.txt': 1 } },
    });
    expect(index.err).toBe(answers.err);
    // Entries from before the folder was locked are kept: a folder's images, and one that was changed since.
    for (const name of ['deep', 'a.png']) chmodSync(join(open, 'pics', name), 0);
    utimesSync(join(open, 'pics', 'a.png'), 1, 1);
    const locked = await lexel(['index', ...MODEL, 'pics', '--out', 'p.lex'], as);
    expect(locked).toMatchObject({
      code: 1,
      out: 'p.lex: 5 images (0 embedded, 2 kept, 0 removed, 3 unreachable, kept, 4 unreadable)\n',
    });
    for (const name of ['deep', 'a.png']) chmodSync(join(open, 'pics', name), 0o755);
    const unlocked = await lexel(['index', ...MODEL, 'pics', '--out', 'p.lex', '--json'], as);
    expect(JSON.parse(unlocked.out)).toMatchObject({
      images: 5,
      embedded: 1,
      kept: 4,
      outOfReach: 0,
      gone: 0,
    });
    for (const name of ['lost+found', 'private.png']) chmodSync(join(open, 'pics', name), 0o700);
  });

  it('accepts any word as a candidate, from the word vectors that the model was trained with', async () => {
    const chosen = await classify('pics/a.png', '--labels', 'yellow star,red_circle,green_star');
    expect(chosen).toMatchObject({ code: 0, err: '' });
    expect(chosen.out).toMatch(/^yellow star +-?0\.\d{4} +not a label of the model$/m);
    expect(chosen.out).toMatch(/^green_star +-?0\.\d{4} +never seen in training$/m);
    const [{ words }] = lines(
      await classify('pics/a.png', '--vocab', 'top-10', '--top', '99', '--json-lines', '--csls'),
    );
    expect(words).toHaveLength(15);
    const all = await classify('pics/a.png', '--words', 'shapes', '--top', '999', '--json-lines');
    expect(lines(all)[0].words).toHaveLength(5 + 343);
  });

  it.each([
    ['--labels zebra', 2, 'the label "zebra" has no word vector in shapes.lexw'],
    ['--vocab 20', 2, "option '--vocab <words>' argument '20' is invalid. Write it as all or top-20000."],
    ['--labels red_circle --vocab all', 2, 'labels and a vocabulary exclude each other'],
    ['--csls --metric euclidean', 2, '--csls needs cosines and does not work with --metric euclidean'],
    ['--json --json-lines', 2, '--json and --json-lines exclude each other'],
  ])('refuses %s', async (flags, code, message) => {
    const outcome = await classify('pics/a.png', ...flags.split(' '));
    expect(outcome.err.split('\n')[0]).toBe(`lexel: ${message}`);
    expect(outcome.code).toBe(code);
  });

  it('names the word vectors that are needed if they are not found', async () => {
    const own = loadModel(join(dir, 'm.safetensors'));
    saveModel(join(dir, 'lost.safetensors'), { ...own, words: { ...own.words, source: 'glove.6B.50d.txt' } });
    const args = ['pics/a.png', '--model', 'lost.safetensors'];
    const { code, err } = await lexel(['classify', ...args, '--labels', 'red_circle,red_squire'], {
      cwd: dir,
      env,
    });
    expect(err).toBe(
      'lexel: the model has no label "red_squire"\n  Nearest: red_square. Other words need --words with the vectors that the model was trained on.\n',
    );
    expect(code).toBe(2);
    const vocab = await lexel(['classify', ...args, '--vocab', 'all'], { cwd: dir, env });
    expect(vocab.err).toContain('(glove.6B.50d.txt, 50 dimensions) were not found');
    expect(vocab.err).toContain('`--words pack` has 14,180 words of the same space.');
    expect(vocab.code).toBe(1);
  });

  it('prints how familiar an image is, and the result of guessing', async () => {
    const random = new Random(deriveKey(0, 'noise'));
    const noise = Buffer.from(Uint8Array.from({ length: 32 * 32 * 3 }, () => random.below(256)));
    await sharp(noise, { raw: { width: 32, height: 32, channels: 3 } }).toFile(join(dir, 'noise.png'));
    const run = (...args: string[]) => lexel(['classify', 'noise.png', ...args], { cwd: dir, env });
    const { out, code } = await run();
    expect(code).toBe(0);
    expect(out).toMatch(/^Not sure: unlike anything it was trained on\nword /);
    expect(out).toMatch(
      /\nMore familiar than [\d.]+ % of the test images\. Guessing among 100 words: 1 % right\.\n$/,
    );
    const [{ familiarity, familiar, chance }] = JSON.parse((await run('--json')).out);
    expect([familiar, chance]).toEqual([false, 0.01]);
    expect(familiarity).toBeLessThan(0.05);
    const [answers] = await openModel().classify(join(dir, 'noise.png'));
    expect(answers.familiarity).toBe(familiarity);
    const lenient = await run('--min-familiarity', '0', '--labels', 'bus,tractor');
    expect(lenient.out).toMatch(/^word [\s\S]*Guessing among 2 words: 50 % right\.\n$/);
  });

  it('prints only the result of guessing if the model has no calibration, which `model pack` can add', async () => {
    const { out } = await classify('pics/a.png');
    expect(out).toMatch(/\nGuessing among 5 words: 20 % right\.\n$/);
    expect(JSON.parse((await classify('pics/a.png', '--json')).out)[0]).not.toHaveProperty('familiarity');
    const refused = await classify('pics/a.png', '--min-familiarity', '5');
    expect(refused.err).toBe(
      'lexel: --min-familiarity: m.safetensors has no calibration of familiarity\n' +
        '  Add it with the data set that the model was trained on: lexel model pack MODEL --calibrate SET --out FILE\n',
    );
    expect(refused.code).toBe(2);
    const own = await openModel().classify(join(dir, 'pics/a.png'));
    expect(own[0].familiarity).toBeGreaterThanOrEqual(0);
  });

  it('answers with words that the bundled model never saw, with nothing but the package', async () => {
    const few = ['classify', 'pics/a.png', '--vocab', 'top-300', '--top', '400', '--json'];
    const { out, err, code } = await lexel(few, { cwd: dir, env });
    expect({ err, code }).toEqual({ err: '', code: 0 });
    const [{ words }] = JSON.parse(out);
    const of = (label: string) => words.find((word: { label: string }) => word.label === label);
    expect(of('government')).toMatchObject({ unseen: false });
    expect(of('tiger')).toMatchObject({ unseen: true });
    expect(words.length).toBeGreaterThan(390);
  });
});
