/** `lexel classify` as typed: many pictures, folders, lists on standard input, other words. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawFolder, saveUntrained } from '../search/untrained.js';
import { lexel, type Outcome } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-classify-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let pictures: string[];

beforeAll(async () => {
  await saveUntrained(join(dir, 'm.safetensors'));
  pictures = (await drawFolder(join(dir, 'pics'))).map((path) => relative(dir, path));
  writeFileSync(join(dir, 'pics', 'notes.txt'), 'no picture');
});

const env = { LEXEL_DATA: dir, XDG_CACHE_HOME: dir };
const MODEL = ['--model', 'm.safetensors'];
const classify = (...args: string[]) => lexel(['classify', ...MODEL, ...args], { cwd: dir, env });
const lines = ({ out }: Outcome) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** With a list on standard input; `onLine` sees each line of output and may write more. */
function piped(
  args: string[],
  input: string,
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
  it('walks folders and answers every picture in order', async () => {
    const outcome = await classify('pics', 'pics/a.png', '--json-lines', '--top', '2');
    expect(outcome).toMatchObject({ code: 0, err: '' });
    const answers = lines(outcome);
    expect(answers.map((one) => one.picture)).toEqual([...pictures, 'pics/a.png']);
    expect(answers.at(-1).words).toEqual(answers[0].words);
    expect(answers[0].words).toHaveLength(2);
    const json = await classify('pics', 'pics/a.png', '--json', '--top', '2');
    expect(json.out).toBe(`${JSON.stringify(answers, null, 2)}\n`);
    const text = await classify('pics', '--top', '1');
    expect(text.out.match(/^pics\/.*\nword +cosine\n/gm)).toHaveLength(5);
  });

  it('reads paths from standard input, by line or NUL', async () => {
    const byLine = await piped(['-', '--json-lines'], `${pictures.join('\r\n')}\n\n`);
    expect(lines(byLine).map((one) => one.picture)).toEqual(pictures);
    const byNull = await piped(['-', '-0', '--json-lines'], pictures.join('\0'));
    expect(byNull.out).toBe(byLine.out);
    const none = await piped(['-', '--json'], '');
    expect(none).toMatchObject({ code: 0, out: '[]\n' });
  });

  it('answers a path before the next one comes', async () => {
    let answeredFirst = false;
    const outcome = await piped(['-', '--json-lines', '--top', '1'], `${pictures[0]}\n`, (out, end) => {
      if (answeredFirst) return;
      answeredFirst = out.trim().split('\n').length === 1;
      end(`${pictures[1]}\n`);
    });
    expect(answeredFirst).toBe(true);
    expect(lines(outcome).map((one) => one.picture)).toEqual(pictures.slice(0, 2));
  });

  it('reports what it cannot read, answers the rest, and exits with 1', async () => {
    writeFileSync(join(dir, 'bad.png'), 'not a picture');
    const outcome = await classify('bad.png', 'pics/a.png', 'nowhere', '--json-lines');
    expect(outcome.code).toBe(1);
    expect(lines(outcome).map((one) => Object.keys(one)[1])).toEqual(['error', 'words', 'error']);
    expect(outcome.err).toContain('lexel: bad.png: is not a readable picture');
    expect(outcome.err).toContain('lexel: nowhere: no such file');
  });

  it('lets any word answer, from the set that the model was trained among', async () => {
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
    ['--csls --metric euclidean', 2, '--csls goes with cosines, not with --metric euclidean'],
    ['--json --json-lines', 2, '--json and --json-lines exclude each other'],
  ])('refuses %s', async (flags, code, message) => {
    const outcome = await classify('pics/a.png', ...flags.split(' '));
    expect(outcome.err.split('\n')[0]).toBe(`lexel: ${message}`);
    expect(outcome.code).toBe(code);
  });

  it('says which words are needed when they are not at hand', async () => {
    const args = ['pics/a.png', '--labels', 'apple,aple'];
    const { code, err } = await lexel(['classify', ...args], { cwd: dir, env });
    expect(err).toBe(
      'lexel: the model has no label "aple"\n  Nearest: apple, table. Other words need the vectors that it was trained on: --words.\n',
    );
    expect(code).toBe(2);
    const vocab = await lexel(['classify', 'pics/a.png', '--vocab', 'all'], { cwd: dir, env });
    expect(vocab.err).toContain('(glove.6B.100d.cifar100-labels.txt, 100 dimensions) are not at hand');
    expect(vocab.code).toBe(1);
  });
});
