import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permutationInterval } from '../../../src/statistics/permutation-null.js';
import { permutedRanks } from '../../../src/statistics/zero-shot/permuted-ranks.js';
import { chanceRanks, ranksIn, wordRanks } from '../../../src/statistics/zero-shot/scores.js';
import { rankInVocabulary, vocabularyOf } from '../../../src/statistics/zero-shot/vocabulary.js';
import { UsageError } from '../../../src/util/errors.js';
import { deriveKey, Random } from '../../../src/util/random.js';
import { WordVectors } from '../../../src/words/index.js';

describe('ranks in a score matrix', () => {
  it('equal counting for each word, with ties counting half', () => {
    const row = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 6 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 }),
        (rows, truths) => {
          const found = ranksIn(Float64Array.from(rows.flat()), 6, truths).map(wordRanks);
          for (const [v, truth] of truths.entries()) {
            const ranks = rows.map(
              (scores) =>
                1 +
                scores.filter((s) => s > scores[truth]).length +
                (scores.filter((s) => s === scores[truth]).length - 1) / 2,
            );
            expect(found[v].rank).toBeCloseTo(ranks.reduce((a, b) => a + b, 0) / ranks.length, 12);
          }
        },
      ),
    );
  });

  it('chance', () => {
    expect(chanceRanks(100)).toEqual({ rank: 50.5, hit1: 0.01, hit5: 0.05, hit10: 0.1 });
    expect(chanceRanks(4)).toEqual({ rank: 2.5, hit1: 0.25, hit5: 1, hit10: 1 });
  });
});

describe('permutation null of any sum', () => {
  it('has the mean of all permutations, and detects a perfect pairing', () => {
    const m = 6;
    const table = Array.from({ length: m }, (_, c) =>
      Array.from({ length: m }, (_, v) => (c === v ? 1 / m : 0)),
    );
    const found = permutationInterval([table], 1, 2000)!;
    // A random permutation has one fixed point on average, for any m.
    expect(found.mean).toBeCloseTo(1 / m, 1);
    expect(found.p).toBeLessThan(0.01);
    expect(permutationInterval([[[1]]], 1, 100)).toBeNull();
  });

  it('of ranks: smaller is better', () => {
    const cell = (rank: number) => ({ rank, hit1: 0, hit5: 0, hit10: 0 });
    const table = Array.from({ length: 6 }, (_, c) =>
      Array.from({ length: 6 }, (_, v) => cell(c === v ? 1 : 50)),
    );
    expect(permutedRanks([table], 1, 500)!.rank.p).toBeLessThan(0.05);
  });
});

const random = new Random(deriveKey(1, 'vocabulary-test'));
const D = 6;
const WORDS = ['the', 'willow', 'tree', 'bus', 'lawn', 'oak', 'river', 'apple'];
const table = {
  words: WORDS,
  dimension: D,
  matrix: Float32Array.from({ length: 8 * D }, () => random.normal()),
};
const words = new WordVectors(table as ConstructorParameters<typeof WordVectors>[0], 'test.txt');
const LABELS = [
  { label: 'bus', words: ['bus'], via: 'exact' as const },
  { label: 'willow_tree', words: ['willow', 'tree'], via: 'mean' as const },
  { label: 'lawn_mower', words: ['lawn'], via: 'alias' as const },
];
const vector = (word: string) => words.require(word);
const targets = Float32Array.from([
  ...vector('bus'),
  ...vector('willow').map((x, j) => (x + vector('tree')[j]) / 2),
  ...vector('lawn'),
]);

describe('vocabulary', () => {
  const vocabulary = vocabularyOf(words, LABELS, targets);

  it('adds the words that no label was taken from', () => {
    expect(vocabulary.words).toEqual(['the', 'willow', 'tree', 'oak', 'river', 'apple']);
    expect(vocabulary.vectors.subarray(D, 2 * D)).toEqual(vector('willow'));
  });

  it('ranks like plain cosines', () => {
    const mu = Float64Array.from({ length: D }, () => 0.1 * random.normal());
    const outputs = Float32Array.from({ length: 5 * D }, () => random.normal());
    const fold = {
      id: 'x',
      targets,
      mu,
      seen: Int32Array.of(0),
      heldOut: [
        { index: 1, outputs },
        { index: 2, outputs: outputs.slice(0, 2 * D) },
      ],
    };
    const names = LABELS.map(({ label }) => label);
    const found = rankInVocabulary(fold, names, vocabulary, vocabulary.vectors);
    const all = [...targets, ...vocabulary.vectors];
    const row = (values: ArrayLike<number>, i: number) =>
      Array.from({ length: D }, (_, j) => values[i * D + j] - mu[j]);
    const dot = (a: number[], b: number[]) => a.reduce((sum, x, j) => sum + x * b[j], 0);
    const cosine = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    const rank = (i: number, truth: number) => {
      const scores = Array.from({ length: 9 }, (_, c) => cosine(row(outputs, i), row(all, c)));
      return 1 + scores.filter((s) => s > scores[truth]).length;
    };
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(found[0].ranks[0].rank).toBeCloseTo(mean([0, 1, 2, 3, 4].map((i) => rank(i, 1))), 12);
    expect(found[0].ranks[1].rank).toBeCloseTo(mean([0, 1, 2, 3, 4].map((i) => rank(i, 2))), 12);
    expect(found[1].ranks[1].hit5).toBeCloseTo(mean([0, 1].map((i) => (rank(i, 2) <= 5 ? 1 : 0))), 12);
    expect(found[0].nearest).toHaveLength(3);
  });

  it('refuses another space with the file and a hint', () => {
    const other = new WordVectors(
      {
        ...table,
        matrix: Float32Array.from({ length: 8 * D }, () => random.normal()),
      } as ConstructorParameters<typeof WordVectors>[0],
      'other.txt',
    );
    expect(() => vocabularyOf(other, LABELS, targets)).toThrow(UsageError);
    expect(() => vocabularyOf(other, LABELS, targets)).toThrow(
      '--vocab: other.txt is not the word space of this run: 0 of 3 labels have their vector there',
    );
    expect(() => vocabularyOf(words, LABELS, targets.subarray(0, 9))).toThrow(
      '6 dimensions, but the run has 3',
    );
  });
});
