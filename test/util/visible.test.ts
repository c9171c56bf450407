import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../src/util/shell.js';
import { visible, visibleJson, visibleLines } from '../../src/util/visible.js';

/** Characters that control a terminal or change the order of text; U+202E reverses what follows. */
const hostile = 'a\x1b[2J\x07\x9b31m\x7f\r\u202egnp.\u2066\u2028b\tc\n';

describe('visible', () => {
  it('replaces characters that control a terminal by escapes, and keeps all others', () => {
    expect(visible(hostile)).toBe('a\\x1b[2J\\x07\\u009b31m\\x7f\\r\\u202egnp.\\u2066\\u2028b\\tc\\n');
    for (const text of ['willow_tree', 'Größe 漢字 שלום مرحبا', '👩‍👩‍👧', 'e\u0301', '\\x1b']) {
      expect(visible(text)).toBe(text);
    }
    expect(visibleLines('a\x1b\nb')).toBe('a\\x1b\nb');
  });

  it('leaves no character of C0, C1, DEL and the overrides', () => {
    const all = Array.from({ length: 0x3000 }, (_, i) => String.fromCharCode(i)).join('');
    expect(visible(all)).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
  });

  it('keeps the value of JSON', () => {
    const value = { [hostile]: [hostile, '"\\'] };
    for (const json of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      const shown = visibleJson(json);
      expect(JSON.parse(shown)).toEqual(value);
      expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
    }
  });
});

describe('shellWord', () => {
  it('keeps plain words, and quotes all others', () => {
    expect(['runs/a-1', 'x.lexw', '--top=5', '50%'].map(shellWord)).toEqual([
      'runs/a-1',
      'x.lexw',
      '--top=5',
      '50%',
    ]);
    expect(shellWord('my run')).toBe("'my run'");
    expect(shellWord("it's")).toBe("'it'\\''s'");
    expect(shellWord('$(rm -r x)\x1b[2J')).toBe("$'$(rm -r x)\\x1b[2J'");
    expect(shellWord('')).toBe("''");
  });

  it.runIf(process.platform === 'linux')('is read by bash as the original word', () => {
    const words = [
      'my run',
      "it's",
      '$HOME `x` "y" \\n',
      '~',
      '=ls',
      '*',
      'a;b&c|d',
      '#x',
      'café',
      "'",
      '',
      '!1',
      hostile,
      'a\\\x1bd',
    ];
    const command = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
    const out = execFileSync('bash', ['-c', command], { encoding: 'utf8', env: { LC_ALL: 'C.UTF-8' } });
    expect(out.split('\0').slice(0, -1)).toEqual(words);
  });
});
