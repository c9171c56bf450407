/** Characters that fonts lack, with the fonts that ship with Lexel. */
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, test } from 'vitest';
import { fontOptions } from '../../src/figures/fonts.js';
import { missingCharacters, missingText } from '../../src/figures/missing-characters.js';
import { svgToPng } from '../../src/figures/png.js';

const drawing = (text: string, more = '') =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40">${more}<text x="5" y="25">${text}</text></svg>`;
const missing = (text: string) => missingCharacters(drawing(text), 'own');

/** Dark pixels of a drawing with Lexel's own fonts. */
function ink(text: string): number {
  const { pixels } = new Resvg(drawing(text), { background: 'white', font: fontOptions('own') }).render();
  return pixels.filter((value, i) => i % 4 === 0 && value < 128).length;
}

describe('characters that fonts lack', () => {
  test('are each named once, in their order, and draw nothing', () => {
    expect(missing('cat 猫, dog 犬, cats 猫猫 𠀀')).toEqual(['猫', '犬', '𠀀']);
    expect(ink('猫犬𠀀')).toBe(0);
  });

  test('are none where everything is drawn', () => {
    for (const text of ['Größe −31.0 % …', 'Привет', 'λ → ≤ €', '&lt;b&gt; &amp; &quot;']) {
      expect(missing(text)).toEqual([]);
      expect(ink(text)).toBeGreaterThan(30);
    }
    expect(missing('')).toEqual([]);
  });

  test('do not include what has no shape: spaces, joiners, marks of direction', () => {
    expect(missing('a\u00a0b\u3000c\u200dd\u200ee\u00adf\ufe0fg\u2800')).toEqual([]);
  });

  test('do not include an accent that is drawn with its letter', () => {
    expect(missing('e\u0301')).toEqual([]);
    expect(ink('e\u0301')).toBeGreaterThan(ink('e'));
    expect(missing('\u0301')).toEqual(['\u0301']);
  });

  test('are found in references and elements within a text, not in names, titles and styles', () => {
    expect(missing('&#x732b; &#29356; <tspan fill="red">魚</tspan>')).toEqual(['猫', '犬', '魚']);
    const more = '<title>鳥</title><desc>牛</desc><style>/* 馬 */</style><g data-class="虎"/>';
    expect(missingCharacters(drawing('a', more), 'own')).toEqual([]);
  });
});

describe('PNG', () => {
  const found = (text: string) => {
    const calls: string[][] = [];
    svgToPng(drawing(text), 1, { onMissing: (characters) => calls.push(characters) });
    return calls;
  };

  test('reports what no font of the machine has either, once', () => {
    // U+0378 and U+0379 are no characters.
    expect(found('a\u0378\u0379\u0378')).toEqual([['\u0378', '\u0379']]);
    expect(found('plain')).toEqual([]);
  });
});

test('the warning names eight characters and counts the others', () => {
  expect(missingText(['猫'])).toBe(
    'no font of this machine has 猫 (U+732B), so the picture lacks it. Install a font that has it, or use SVG.',
  );
  expect(missingText(['猫', '𠀀'])).toBe(
    'no font of this machine has 猫 (U+732B) and 𠀀 (U+20000), so the picture lacks them. Install a font that has them, or use SVG.',
  );
  expect(missingText([...'一二三四五六七八九十'])).toMatch(
    /has 一 \(U\+4E00\), .*八 \(U\+516B\) and 2 others,/,
  );
});
