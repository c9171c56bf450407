import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/util/look.js';
import { realCifar100 } from '../data/helpers.js';
import { fakeRun } from '../statistics/support/fake-run.js';
import { lexel } from './lexel.js';
import { hasTerminal, onTerminal, plainText } from './pseudo-terminal.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-terminal-'));
afterAll(() => rmSync(dir, { recursive: true }));
const cifar = realCifar100();
/** For the data sets that the tests have; the command's own search starts at its working directory. */
const env = cifar === undefined ? {} : { LEXEL_DATA: dirname(cifar) };
const classes = ['purple_circle', 'checkered_crescent', 'red_circle', 'blue_star', 'oak', 'otter'];
const made = {
  classes,
  groups: [
    [0, 1],
    [2, 3],
    [4, 5],
  ],
  protocol: 'holdout:2',
};
fakeRun(join(dir, 'runs', 'a'), made);
fakeRun(join(dir, 'runs', 'b'), { ...made, epochs: 3 });
writeFileSync(
  join(dir, 'questions.txt'),
  ': people\nboy girl man woman\nman woman boy girl\n: animals\nwolf fox tiger lion\nfox wolf lion tiger\n',
);
if (!hasTerminal) console.warn('skipped: tests of the terminal (no script of util-linux)');

// biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours
const CODES = /\x1b\[\d+m/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: line ends, and the codes that move the cursor
const MOVES = /[\r\n]|\x1b\[\d*[A-Z]/;

const COMMANDS = [
  '--help',
  'loo --help',
  'classify --help',
  'report runs/a',
  'compare runs/a runs/b',
  'words nearest circle --words shapes',
  'words info shapes',
  'data info shapes',
  'model describe micronet',
  'model describe efficientnet-b0',
  'model describe lite --width 0.25 --roofline --batch 4',
  'pause runs --list',
  'doctor',
  ...(cifar ? ['analogies questions.txt --draws 5'] : []),
];

describe.runIf(hasTerminal).concurrent('on a terminal', () => {
  it.each(COMMANDS.flatMap((line) => [60, 80, 100].map((width) => [line, width] as const)))(
    'lexel %s has no line of more than %i columns',
    async (line, width) => {
      const { code, screen } = await onTerminal(width, line.split(' '), { cwd: dir, env });
      expect(code, screen).toBe(0);
      const lines = plainText(screen).split('\n');
      expect(lines.filter((text) => columnsOf(text) > width)).toEqual([]);
      expect(lines.length).toBeGreaterThan(1);
    },
  );

  it('the lines of epochs and folds keep the rank and the hits at 60 columns', async () => {
    const line =
      'train --data shapes --words shapes --net lite --holdout red_circle,blue_heart --epochs 1 --limit 320 --batch 32 --out runs/t';
    const { code, screen } = await onTerminal(60, line.split(' '), { cwd: dir });
    expect(code, screen).toBe(0);
    const lines = screen.split(MOVES).map(plainText);
    expect(lines.filter((text) => columnsOf(text) > 60)).toEqual([]);
    const epoch = lines.find((text) => text.startsWith('epoch   1'));
    expect(epoch).toMatch(/rank +[\d.]+ {2}hit@1 +[\d.]+ % {2}hit@5 +[\d.]+ %/);
  });

  it('colours are off with NO_COLOR, TERM=dumb and in JSON', async () => {
    const info = ['words', 'info', 'shapes'];
    expect((await onTerminal(80, info)).screen).toMatch(CODES);
    expect((await onTerminal(80, info, { env: { NO_COLOR: '1' } })).screen).not.toMatch(CODES);
    expect((await onTerminal(80, info, { env: { TERM: 'dumb' } })).screen).not.toMatch(CODES);
    const { screen } = await onTerminal(20, [...info, '--json'], { env: { FORCE_COLOR: '1' } });
    expect(JSON.parse(screen).dimension).toBe(50);
  });
});

describe('in a pipe', () => {
  it('tables keep all columns and there are no colours, unless FORCE_COLOR is set', async () => {
    const args = ['compare', 'runs/a', 'runs/b'];
    const { out } = await lexel(args, { cwd: dir });
    expect(out).toMatch(/difference +95 % interval/);
    expect(out).toMatch(/p {2}p \(Holm\) {2}detectable/);
    expect(out).not.toMatch(CODES);
    const forced = await lexel(args, { cwd: dir, env: { FORCE_COLOR: '1' } });
    expect(forced.out).toMatch(CODES);
    expect(plainText(forced.out)).toBe(out);
    expect((await lexel(args, { cwd: dir, env: { FORCE_COLOR: '0' } })).out).toBe(out);
  });

  it('an error is red only if FORCE_COLOR is set', async () => {
    expect((await lexel(['words', 'info', 'nowhere.txt'], { cwd: dir })).err).toMatch(
      /^lexel: no word vectors "nowhere\.txt"/,
    );
    const { err } = await lexel(['words', 'info', 'nowhere.txt'], { cwd: dir, env: { FORCE_COLOR: '1' } });
    expect(err).toContain('\x1b[31mlexel:\x1b[39m no word vectors "nowhere.txt"');
  });
});
