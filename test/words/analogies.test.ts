import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateAnalogies, nearestWords, openWords } from '../../src/words/index.js';
import { dotProducts } from '../../src/words/product.js';
import { errorOf, hasRealGlove, REAL_DATA, temp, vectors } from './helpers.js';

const words = vectors({
  king: [1, 1, 0],
  queen: [1, -1, 0],
  man: [0, 1, 0.2],
  woman: [0, -1, 0.2],
  boy: [0, 1, 0.9],
  girl: [0, -1, 0.9],
});

describe('analogies', () => {
  it('counts sections, vocabulary and right answers', () => {
    const file = temp(
      'q.txt',
      ': family\nMan King Woman Queen\nboy girl king duke\n\n: more\nman woman boy girl\nboy girl man king\n',
    );
    for (const method of ['3cosadd', '3cosmul'] as const) {
      const { sections, total } = evaluateAnalogies(words, file, { method });
      expect(sections).toEqual([
        { section: 'family', questions: 2, inVocabulary: 1, correct: 1, accuracy: 1 },
        { section: 'more', questions: 2, inVocabulary: 2, correct: 1, accuracy: 0.5 },
      ]);
      expect(total).toEqual({ section: 'total', questions: 4, inVocabulary: 3, correct: 2, accuracy: 2 / 3 });
    }
  });
  it('skips questions with a zero vector, and never gives a word with a zero vector as the answer', () => {
    // boy − girl + woman is far from every word, so a zero vector would be the nearest if it counted.
    const some = vectors({ king: [1, 0], queen: [-1, 0], man: [0, 1], nothing: [0, 0], far: [-1, -0.2] });
    const file = temp('z.txt', ': a\nking queen man far\nking queen man nothing\nnothing king queen far\n');
    for (const method of ['3cosadd', '3cosmul'] as const) {
      const { total } = evaluateAnalogies(some, file, { method });
      expect(total).toMatchObject({ questions: 3, inVocabulary: 1, correct: 1 });
    }
  });
  it('names the fault in a faulty file of questions', async () => {
    const failure = (text: string) => errorOf(() => evaluateAnalogies(words, temp('w.txt', text)));
    expect(await failure(': a\nman king woman\n')).toMatchInlineSnapshot(`
      "FormatError: w.txt: line 2: 3 words instead of 4
      Expected Google's format: ": section" lines, and "a b c d" lines for "a is to b as c is to d"."
    `);
    expect(await failure(': a\none two three four\n')).toMatchInlineSnapshot(`
      "LexelError: w.txt: no question has all its words in test.txt
      Use a larger vocabulary, such as --words pack, or download the full set with \`lexel words get glove.6B\`."
    `);
    expect(await errorOf(() => evaluateAnalogies(words, temp('none.txt')))).toMatchInlineSnapshot(
      `"FormatError: none.txt: no such file"`,
    );
  });
});

it('multiplies matrices of any shape (property)', () => {
  const size = fc.integer({ min: 1, max: 7 });
  fc.assert(
    fc.property(size, size, size, fc.infiniteStream(fc.integer({ min: -4, max: 4 })), (n, m, d, stream) => {
      const take = (count: number) => Float32Array.from({ length: count }, () => stream.next().value);
      const a = take(n * d);
      const b = take(m * d);
      const out = new Float32Array(n * m);
      dotProducts(a, b, d, out);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < m; j++) {
          let sum = 0;
          for (let p = 0; p < d; p++) sum += a[i * d + p] * b[j * d + p];
          expect(out[i * m + j]).toBe(sum);
        }
      }
    }),
  );
});

it.skipIf(!hasRealGlove)('answers 56 % of the real questions with real vectors', async () => {
  const glove = await openWords('glove:50', { dataDir: REAL_DATA });
  expect(nearestWords(glove, 'king - man + woman').nearest[0].word).toBe('queen');
  expect(nearestWords(glove, 'apple').nearest.map((n) => n.word)).toContain('microsoft');
  const { total, sections } = evaluateAnalogies(glove, join(REAL_DATA, 'analogies', 'questions-words.txt'));
  expect(total).toMatchObject({ questions: 19_545, inVocabulary: 7740 });
  expect(total.accuracy).toBeCloseTo(0.563, 2);
  expect(sections).toHaveLength(14);
});
