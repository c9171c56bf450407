import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, PLAIN, painted, styledLook } from '../../src/util/look.js';
import { visible, visibleLines } from '../../src/util/visible.js';
import { breakText, wrapLines } from '../../src/util/wrap.js';

describe('wrapLines', () => {
  it('breaks at spaces, below the indentation or the description', () => {
    expect(wrapLines('one two three', 9)).toBe('one two\nthree');
    expect(wrapLines('  --top <n>  number of words shown', 28)).toBe(
      '  --top <n>  number of words\n             shown',
    );
    expect(wrapLines('short\n  kept', 9)).toBe('short\n  kept');
    expect(wrapLines('lexel: no such file here', 14)).toBe('lexel: no such\n  file here');
    expect(wrapLines('any width', Number.POSITIVE_INFINITY)).toBe('any width');
  });

  it('does not part a number and its per cent sign, or a long word', () => {
    expect(wrapLines('a share of 10.0 % here', 15)).toBe('a share of\n10.0 % here');
    expect(wrapLines('hits of 95 %, and more', 12)).toBe('hits of\n95 %, and\nmore');
    expect(wrapLines('in /a/very/long/path/of/a/run', 12)).toBe('in\n/a/very/long/path/of/a/run');
  });

  it('keeps a command at the end of a line whole', () => {
    expect(wrapLines('Stopped. Resume with: lexel loo --resume runs/a', 30)).toBe(
      'Stopped. Resume with:\n  lexel loo --resume runs/a',
    );
  });

  it.runIf(process.platform !== 'win32')('breaks a command so that a shell reads the same words', () => {
    const command = `  lexel compare 'my runs/a  b' "c d" runs/whitened --folds 0-3`;
    const lines = wrapLines(command, 30);
    expect(Math.max(...lines.split('\n').map(columnsOf))).toBeLessThanOrEqual(30);
    const words = (text: string) =>
      execFileSync('bash', ['-c', `lexel() { printf '%s\\n' "$@"; }\n${text}`], { encoding: 'utf8' });
    expect(words(lines)).toBe(words(command));
  });

  it('keeps all words, and no line is too wide unless a word is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,9}$/)),
        fc.integer({ min: 12, max: 40 }),
        (words, width) => {
          const lines = wrapLines(words.join(' '), width).split('\n');
          expect(lines.flatMap((line) => line.trim().split(' ')).filter(Boolean)).toEqual(words);
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe('breakText', () => {
  it('breaks long words after a separator, or else anywhere, and loses nothing', () => {
    expect(breakText('pictures/holiday/beach.jpg', 18)).toEqual(['pictures/holiday/', 'beach.jpg']);
    expect(breakText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(breakText('', 4)).toEqual(['']);
  });
});

describe('styles', () => {
  const { style } = styledLook(80);

  it('are codes with colour, and nothing without', () => {
    expect(painted(`${style('bad', 'lexel:')} no`, true)).toBe('\x1b[31mlexel:\x1b[39m no');
    expect(painted(`${style('bad', 'lexel:')} no`, false)).toBe('lexel: no');
    expect(PLAIN.style('bad', 'x')).toBe('x');
  });

  it('take no columns', () => {
    expect(columnsOf(style('good', 'abc'))).toBe(3);
    expect(columnsOf('漢字')).toBe(4);
    expect(columnsOf('e\u0301')).toBe(1);
  });

  it('cannot come from a name', () => {
    const name = style('good', 'label');
    expect(painted(visible(name), true)).not.toContain('\x1b');
    // A mark that reaches the screen without its pair is dropped.
    expect(painted(visibleLines('a\ufdd0b'), true)).toBe('ab');
  });
});
