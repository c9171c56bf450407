import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LexelError } from '../../src/util/errors.js';
import {
  arithmetic,
  editDistance,
  nearestSpellings,
  nearestWords,
  wordsInfo,
} from '../../src/words/index.js';
import { errorOf, vectors } from './helpers.js';

const words = vectors({
  king: [1, 1, 0],
  queen: [1, -1, 0],
  man: [0, 1, 0.2],
  woman: [0, -1, 0.2],
  't-shirt': [0, 0, 1],
  'red circle': [0, 0.1, 1],
  nothing: [0, 0, 0],
});

describe('nearest', () => {
  it('ranks by cosine or distance, without excluded words', () => {
    expect(words.nearest([2, 2, 0], 2).map((n) => n.word)).toEqual(['king', 'man']);
    expect(words.nearest([2, 2, 0], 1, { exclude: ['king', 'unknown'] })[0].word).toBe('man');
    const [first] = words.nearest([0, 0, 0.1], 1, { metric: 'euclidean' });
    expect(first.word).toBe('nothing');
    expect(first.score).toBeCloseTo(0.1, 6);
    expect(words.nearest([1, 0, 0], 99, { metric: 'euclidean' })).toHaveLength(7);
    // A zero vector has no cosine, so it is not among the nearest.
    expect(words.nearest([1, 0, 0], 99).map((n) => n.word)).not.toContain('nothing');
    expect(words.nearest([1, 0, 0], 0)).toEqual([]);
  });
  it('equals a full sort (property)', () => {
    const value = fc.integer({ min: -3, max: 3 });
    const row = fc.array(value, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), row, fc.nat(12), (rows, query, k) => {
        const some = vectors(Object.fromEntries(rows.map((r, i) => [`w${i}`, r])));
        const distance = (r: number[]) => Math.sqrt(r.reduce((s, x, j) => s + (x - query[j]) ** 2, 0));
        const near = some.nearest(query, k, { metric: 'euclidean' });
        const sorted = rows.map(distance).sort((a, b) => a - b);
        expect(near.map((n) => n.score)).toEqual(sorted.slice(0, k));
        const norm = Math.hypot(...query);
        if (norm === 0) {
          expect(() => some.nearest(query, k)).toThrow('has no direction');
          return;
        }
        const directed = rows.filter((r) => Math.hypot(...r) > 0);
        const cosine = (r: number[]) => r.reduce((s, x, j) => s + x * query[j], 0) / Math.hypot(...r) / norm;
        const best = directed.map(cosine).sort((a, b) => b - a);
        const found = some.nearest(query, k);
        expect(found).toHaveLength(Math.min(k, directed.length));
        for (const [i, n] of found.entries()) expect(n.score).toBeCloseTo(best[i], 5);
      }),
    );
  });
  it('refuses vectors of another dimension, that are not finite, or zero', async () => {
    expect(await errorOf(() => words.nearest([1], 1))).toMatchInlineSnapshot(`
      "LexelError: a vector of 1 dimensions cannot be compared with test.txt, which has 3
      Use the word vectors from which it was computed."
    `);
    expect(await errorOf(() => words.nearest([1, Number.NaN, 0], 1))).toMatchInlineSnapshot(
      `"LexelError: the vector to search for contains NaN or infinity"`,
    );
  });
});

describe('arithmetic', () => {
  it('adds and subtracts, and excludes the words of the expression from the answers', () => {
    expect([...arithmetic(words, 'king - man + woman').vector]).toEqual([1, -1, 0]);
    expect(nearestWords(words, 'King − man + woman', { top: 1 }).nearest[0].word).toBe('queen');
    expect([...arithmetic(words, '-t-shirt+"red circle"').vector].map((x) => x.toFixed(1))).toEqual([
      '0.0',
      '0.1',
      '0.0',
    ]);
  });
  it('refuses expressions without a direction', async () => {
    const failure = (text: string) => errorOf(() => nearestWords(words, text));
    expect(await failure('king - king')).toMatchInlineSnapshot(`
      "LexelError: "king - king" has no direction, so no word is near it: its terms cancel
      Use --metric euclidean to search by distance."
    `);
    expect(await failure('nothing')).toMatchInlineSnapshot(`
      "LexelError: "nothing" has no direction, so no word is near it: the vector is zero
      Use --metric euclidean to search by distance."
    `);
    // The rounding error that remains when terms cancel is not a direction.
    const fine = vectors({ a: [0.1, 1e6], b: [0.7, 3e-7], c: [1, 2] });
    expect(await errorOf(() => nearestWords(fine, 'a + b - a - b'))).toMatch('its terms cancel');
    expect(nearestWords(words, 'king - king', { metric: 'euclidean', top: 1 }).nearest[0].word).toBe(
      'nothing',
    );
    expect(nearestWords(words, 'king - nothing', { top: 1 }).nearest[0].word).toBe('man');
  });
  it('gives an error with a caret at the fault', async () => {
    const failure = (text: string) => errorOf(() => arithmetic(words, text));
    expect(await failure('  ')).toMatchInlineSnapshot(`
      "UsageError: the expression is empty
      Try "king - man + woman"."
    `);
    expect(await failure('king - + woman')).toMatchInlineSnapshot(`
      "UsageError: a word is missing here
        king - + woman
               ^"
    `);
    expect(await failure('king woman')).toMatchInlineSnapshot(`
      "UsageError: + or - is missing before this word
        king woman
             ^
      Quote a phrase of several words: "red circle"."
    `);
    expect(await failure('king -')).toMatchInlineSnapshot(`
      "UsageError: a word is missing at the end
        king -
              ^"
    `);
    expect(await failure('king + "red')).toMatchInlineSnapshot(`
      "UsageError: this quote is never closed
        king + "red
               ^"
    `);
    expect(await failure('king + ""')).toMatchInlineSnapshot(`
      "UsageError: there is no word between these quotes
        king + ""
               ^"
    `);
    expect(await failure('man + quean')).toMatchInlineSnapshot(`
      "UsageError: "quean" is not among the 7 words of test.txt
        man + quean
              ^
      Nearest spellings: queen."
    `);
    expect(await failure('king-man+woman')).toMatchInlineSnapshot(`
      "UsageError: "king-man" is not among the 7 words of test.txt
        king-man+woman
        ^
      A minus needs spaces around it: king - man."
    `);
  });
  it('fails with a LexelError only (property)', async () => {
    const text = fc.array(fc.constantFrom('king', ' ', '-', '+', '"', "'", 'x', '\t', '−', 'red circle'), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(text, async (parts) => {
        try {
          arithmetic(words, parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(LexelError);
        }
      }),
    );
  });
});

describe('spelling', () => {
  it('counts insertions, deletions, replacements and swaps', () => {
    expect(editDistance('willow', 'willow')).toBe(0);
    expect(editDistance('wlilow', 'willow')).toBe(1);
    expect(editDistance('wilow', 'willows')).toBe(2);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting', 2)).toBe(3);
  });
  it('satisfies the axioms of a distance (property)', () => {
    const word = fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, fc.nat(4), (a, b, limit) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(Math.min(editDistance(a, b, limit), limit + 1)).toBe(Math.min(distance, limit + 1));
      }),
    );
  });
  it('suggests the nearest words, frequent ones first, and no distant ones', () => {
    const list = ['the', 'willow', 'pillow', 'yellow', 'zebra', 'wallow'];
    expect(nearestSpellings('wilow', list, 2)).toEqual(['willow', 'pillow']);
    expect(nearestSpellings('Willow', list, 3)).toEqual(['willow', 'pillow', 'wallow']);
    expect(nearestSpellings('xqxqxq', list, 3)).toEqual([]);
  });
});

it('summarises the content of a set', () => {
  const info = wordsInfo(words);
  expect(info).toMatchObject({ words: 7, dimension: 3, zeros: 1, bytes: 84, source: 'test.txt' });
  expect(info.norm.min).toBe(0);
  expect(info.checksum).toMatch(/^[0-9a-f]{64}$/);
});
