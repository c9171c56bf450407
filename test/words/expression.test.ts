/** The grammar of arithmetic over words and images. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../src/words/index.js';
import { errorOf } from './helpers.js';

const grammar = { images: true, phrases: true };
const parse = (text: string) =>
  parseExpression(text, grammar).map(
    ({ sign, word, image }) => `${sign > 0 ? '+' : '-'}${image ? 'img ' : ''}${word}`,
  );

describe('expressions over images and words', () => {
  it.each([
    ['img:boy.png - man + woman', ['+img boy.png', '-man', '+woman']],
    [`img:"my boy.png"+img:'her + hat.png'`, ['+img my boy.png', '+img her + hat.png']],
    ['- img:a-b.png', ['-img a-b.png']],
    ['maple tree', ['+maple tree']],
    ['  maple   tree − oak\ttree', ['+maple tree', '-oak tree']],
    ['"red circle" + t-shirt of mine', ['+red circle', '+t-shirt of mine']],
    ['"img:x" - y', ['+img:x', '-y']],
    ['in img', ['+in img']],
  ])('%s', (text, terms) => {
    expect(parse(text)).toEqual(terms);
  });

  it('contain words only, unless images are allowed', () => {
    expect(parseExpression('img:a.png - b').map((t) => [t.word, t.image])).toEqual([
      ['img:a.png', false],
      ['b', false],
    ]);
  });

  it('of many characters give an error that shows what is around the fault, or says that they are too many', async () => {
    const terms = Array.from({ length: 40 }, (_, i) => `word${i}`).join(' + ');
    expect(await errorOf(() => parseExpression(`${terms} "open + ${terms}`))).toMatchInlineSnapshot(`
      "UsageError: + or - is missing before this word
        …ord33 + word34 + word35 + word36 + word37 + word38 + word39 "open + word0 + word1 + word2 + word3 + word4 + word5 + word…
                                                                     ^
      Quote a phrase of several words: "red circle"."
    `);
    const long = errorOf(() => parseExpression('king + '.repeat(3000)));
    expect(await long).toMatchInlineSnapshot(`
      "UsageError: the expression has 21000 characters; it may have at most 20000
      Ask for fewer words or images at once."
    `);
    // Found by fuzzing: an expression of 12 MB, in which a word was missing, took 390 MB and was in the message as a whole.
    expect((await long).length).toBeLessThan(500);
  });

  it('give an error with a caret at the fault', async () => {
    const failure = (text: string) => errorOf(() => parseExpression(text, grammar));
    expect(await failure('man + img:')).toMatchInlineSnapshot(`
      "UsageError: an image's file name is missing after img:
        man + img:
                  ^"
    `);
    expect(await failure('img: boy.png')).toMatchInlineSnapshot(`
      "UsageError: an image's file name is missing after img:
        img: boy.png
            ^"
    `);
    expect(await failure('img:boy.png man')).toMatchInlineSnapshot(`
      "UsageError: + or - is missing before this word
        img:boy.png man
                    ^
      Quote a phrase of several words: "red circle"."
    `);
    expect(await failure('man img:boy.png')).toMatchInlineSnapshot(`
      "UsageError: + or - is missing before this word
        man img:boy.png
            ^
      Quote a phrase of several words: "red circle"."
    `);
    expect(await failure('img:"boy.png')).toMatchInlineSnapshot(`
      "UsageError: this quote is never closed
        img:"boy.png
            ^"
    `);
    expect(await failure('red "circle"')).toContain('+ or - is missing');
    expect(await failure('maple tree - - oak')).toContain('a word is missing here');
  });

  it('parse to the terms that were written (property)', () => {
    const bare = fc
      .stringMatching(/^[a-z][a-z0-9.-]{0,6}$/)
      .filter((word) => !word.endsWith('-') && word !== 'img');
    const quoted = fc.stringMatching(/^[ a-z+:'-]{1,8}$/);
    const term = fc.record({
      sign: fc.constantFrom<1 | -1>(1, -1),
      image: fc.boolean(),
      form: fc.oneof(
        bare.map((word) => ({ word, text: word })),
        quoted.map((word) => ({ word, text: `"${word}"` })),
      ),
    });
    const space = fc.constantFrom(' ', '  ', '\t');
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 6 }), space, (terms, gap) => {
        const text = terms
          .map(({ sign, image, form }) => `${sign > 0 ? '+' : '-'}${gap}${image ? 'img:' : ''}${form.text}`)
          .join(gap);
        const found = parseExpression(text, grammar);
        expect(found.map(({ sign, image, word }) => ({ sign, image, word }))).toEqual(
          terms.map(({ sign, image, form }) => ({ sign, image, word: form.word })),
        );
        for (const { at, image } of found) expect(text.startsWith('img:', at)).toBe(image);
      }),
    );
  });

  it('parse, or fail with a caret within the expression (property)', async () => {
    const part = fc.constantFrom('man', ' ', '-', '+', '"', "'", 'img:', 'x.png', '\t', '−');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 10 }), async (parts) => {
        const text = parts.join('');
        try {
          const terms = parseExpression(text, grammar);
          expect(terms.length).toBeGreaterThan(0);
          for (const { word } of terms) expect(word).not.toBe('');
        } catch (error) {
          expect((error as Error).name).toBe('UsageError');
          const [, shown, caret] = (error as Error).message.split('\n');
          if (shown === undefined) expect(text.trim()).toBe('');
          else expect(caret.length - 2).toBeLessThanOrEqual(text.length + 1);
        }
      }),
    );
  });
});
