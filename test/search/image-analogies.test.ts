import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapesWorld } from '../../src/data/index.js';
import { type AnalogyTrial, groupOf, summariseAnalogies } from '../../src/search/analogy-summary.js';
import {
  type AnalogyMeasures,
  type AnalogyScores,
  scoreAnalogies,
} from '../../src/search/image-analogies.js';
import { readLabelQuestions, shippedQuestions } from '../../src/search/label-questions.js';
import { BUNDLED_MODEL } from '../../src/search/open-model.js';
import { resampler } from '../../src/search/resample.js';
import { loadModel } from '../../src/train/index.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { errorOf, temp } from '../words/helpers.js';

const D = 5;
const normals = (count: number, seed: number) => {
  const random = new Random(deriveKey(seed, 'test'));
  return Float32Array.from({ length: count }, () => random.normal());
};
const row = (matrix: Float32Array, i: number, mu: Float32Array) => {
  const v = Array.from(matrix.subarray(i * D, (i + 1) * D), (x, j) => x - mu[j]);
  const length = Math.hypot(...v);
  return v.map((x) => x / length);
};
const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, v, j) => sum + v * y[j], 0);

/** The rank of d by the definition: the vector b − a + c, its cosine with every label except a, b and c. */
function naive(terms: number[][], four: readonly number[], labels: number[][], method: string): number {
  const [a, b, c] = terms;
  const sum = a.map((x, j) => b[j] - x + c[j]);
  const shift = (x: number[], w: number[]) => (dot(x, w) + 1) / 2;
  const score = (w: number[]) =>
    method === '3cosadd'
      ? dot(sum, w) / Math.hypot(...sum)
      : (shift(b, w) * shift(c, w)) / (shift(a, w) + 0.001);
  const rivals = labels.filter((_, i) => !four.includes(i));
  return 1 + rivals.filter((w) => score(w) > score(labels[four[3]])).length;
}

const asked = (...labels: [number, number, number, number]) => ({ section: 0, line: 1, labels });

describe('the arithmetic', () => {
  it('ranks as defined, in every form (property)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.constantFrom('3cosadd' as const, '3cosmul' as const),
        (seed, method) => {
          const count = 9;
          const vectors = normals(count * D, seed);
          const outputs = normals(count * D, seed + 1); // one image per label
          const seenMean = normals(D, seed + 2);
          const labels = Int32Array.from({ length: count }, (_, i) => i);
          const four = [...new Random(deriveKey(seed, 'four')).shuffle([...labels])].slice(0, 4);
          const question = asked(...(four as [number, number, number, number]));
          const [found] = scoreAnalogies({ vectors, seenMean, outputs, labels }, [question], {
            method,
            draws: 2,
          });
          const words = [...labels].map((i) => row(vectors, i, seenMean));
          const images = four.map((i) => row(outputs, i, seenMean));
          const expected = {
            images: naive(images, four, words, method),
            means: naive(images, four, words, method),
            mixed: naive([words[four[0]], words[four[1]], images[2]], four, words, method),
            words: naive(
              four.map((i) => words[i]),
              four,
              words,
              method,
            ),
          };
          for (const form of ['images', 'means', 'mixed', 'words'] as const) {
            expect(found[form].arithmetic.rank).toBe(expected[form]);
            expect(found[form].arithmetic.hit1).toBe(expected[form] === 1 ? 1 : 0);
            expect(found[form].arithmetic.hit5).toBe(expected[form] <= 5 ? 1 : 0);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('excludes a label without a direction, whatever its vector', () => {
    const vectors = normals(9 * D, 3);
    const space = {
      vectors,
      seenMean: normals(D, 4),
      outputs: normals(9 * D, 5),
      labels: Int32Array.from([...Array(9).keys()]),
    };
    const question = asked(0, 1, 2, 3);
    // The last label's vector is replaced by d's own, so it ties with d unless it is excluded.
    vectors.set(vectors.subarray(3 * D, 4 * D), 8 * D);
    for (const method of ['3cosadd', '3cosmul'] as const) {
      const [with8] = scoreAnalogies(space, [question], { method, draws: 1 });
      const [without8] = scoreAnalogies({ ...space, directionless: new Set([8]) }, [question], {
        method,
        draws: 1,
      });
      for (const form of ['images', 'means', 'mixed', 'words'] as const) {
        expect(without8[form].arithmetic.rank).toBe(with8[form].arithmetic.rank - 0.5);
      }
    }
  });
  it('solves a parallelogram that neither c nor b alone solves', () => {
    // boy, girl, man, woman with dimensions for sex and age, and two labels that lie nearer to man and to
    // girl than woman does.
    const vectors = Float32Array.of(...[1, 0, 1, 0, 0], ...[-1, 0, 1, 0, 0], ...[1, 0, -1, 0, 0], ...[-1, 0, -1, 0, 0],
      ...[1, 0, -1, 0, 0.5], ...[-1, 0, 1, 0, 0.5]); // biome-ignore format: one label a group
    const space = {
      vectors,
      seenMean: new Float32Array(D),
      outputs: vectors,
      labels: Int32Array.of(0, 1, 2, 3, 4, 5),
    };
    const [{ images, words }] = scoreAnalogies(space, [asked(0, 1, 2, 3)], { draws: 3 });
    expect(images).toEqual(words);
    expect(images.arithmetic).toEqual({ hit1: 1, hit5: 1, rank: 1 });
    expect(images.b.rank).toBe(2);
    expect(images.c.rank).toBe(2);
  });

  it('draws by the seed, independently of other questions', () => {
    const labels = Int32Array.from({ length: 60 }, (_, i) => i % 6);
    const space = {
      vectors: normals(6 * D, 1),
      seenMean: normals(D, 2),
      outputs: normals(60 * D, 3),
      labels,
    };
    const [q, other] = [asked(0, 1, 2, 3), asked(3, 2, 1, 0)];
    const both = scoreAnalogies(space, [other, q], { seed: 5, draws: 20 });
    expect(scoreAnalogies(space, [q], { seed: 5, draws: 20 })[0]).toEqual(both[1]);
    const again = scoreAnalogies(space, [q], { seed: 6, draws: 20 })[0];
    expect(again.images).not.toEqual(both[1].images);
    expect(again.means).toEqual(both[1].means);
    // With many draws, the result approaches the mean over all images of c.
    const [many] = scoreAnalogies(space, [q], { draws: 4000 });
    const each = Array.from({ length: 10 }, (_, i) => {
      const one = {
        ...space,
        outputs: space.outputs.slice((6 * i + 2) * D, (6 * i + 3) * D),
        labels: Int32Array.of(2),
      };
      const three = {
        ...one,
        outputs: Float32Array.of(...one.outputs, ...one.outputs, ...one.outputs),
        labels: Int32Array.of(0, 1, 2),
      };
      return scoreAnalogies(three, [q], { draws: 1 })[0].images.c.rank;
    });
    expect(many.images.c.rank).toBeCloseTo(each.reduce((a, b) => a + b) / 10, 1);
  });

  it('refuses outputs that are not finite, and labels without images', async () => {
    const space = {
      vectors: normals(6 * D, 1),
      seenMean: normals(D, 2),
      outputs: normals(D, 3),
      labels: Int32Array.of(0),
    };
    expect(await errorOf(() => scoreAnalogies(space, [asked(0, 1, 2, 3)]))).toMatchInlineSnapshot(
      `"LexelError: label 1 has no test image"`,
    );
    space.outputs[2] = Number.NaN;
    expect(await errorOf(() => scoreAnalogies(space, [asked(0, 1, 2, 3)]))).toMatchInlineSnapshot(
      `"LexelError: the network's outputs contain NaN or infinity"`,
    );
  });
});

describe('the summary', () => {
  const same = (measures: AnalogyMeasures, c = measures) => {
    const answers = { arithmetic: measures, b: measures, c };
    return { images: answers, means: answers, mixed: answers, words: answers } satisfies AnalogyScores;
  };
  const of = (hit5: number, rank = 3) => ({ hit1: 0, hit5, rank });

  it('counts a question once per group, separately for d unseen', () => {
    const trials: AnalogyTrial[] = [
      { question: 0, model: 0, unseen: [], scores: same(of(1)) },
      { question: 0, model: 1, unseen: [], scores: same(of(0.5), of(0.25)) },
      { question: 1, model: 0, unseen: [], scores: same(of(0, 9)) },
      { question: 1, model: 1, unseen: ['a', 'd'], scores: same(of(1, 1)) },
      { question: 2, model: 0, unseen: ['c'], scores: same(of(0)) },
    ];
    const groups = summariseAnalogies(trials, [0, 1, 1], ['one', 'two'], 0);
    expect(groups.map(({ group, questions, trials }) => [group, questions, trials])).toEqual([
      ['d unseen', 1, 1],
      ['seen', 2, 3],
      ['other', 1, 1],
    ]);
    const [, seen] = groups;
    const { answers, above } = seen.forms.images;
    expect(answers.arithmetic.hit5.mean).toBe(0.375);
    expect(answers.arithmetic.rank.mean).toBe(6);
    expect(above.c.hit5.mean).toBe(0.0625);
    expect(above.b.hit5).toEqual({ mean: 0, low: 0, high: 0 });
    expect(seen.sections).toMatchObject([
      { section: 'one', questions: 1, forms: { words: { hit5: 0.75 } } },
      { section: 'two', questions: 1, forms: { words: { hit5: 0 } } },
    ]);
    expect(seen.each.map(({ question, models }) => [question, models])).toEqual([
      [0, 2],
      [1, 1],
    ]);
    expect(groups[0].forms.words.answers.b.hit5).toEqual({ mean: 1, low: null, high: null });
    expect(trials.map(groupOf)).toEqual(['seen', 'seen', 'seen', 'd unseen', 'other']);
  });

  it('has an interval as wide as the standard error of the mean predicts', () => {
    const values = [...normals(200, 9)];
    const average = values.reduce((a, b) => a + b) / 200;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - average) ** 2, 0) / 200);
    const { mean, low, high } = resampler(200, 0)(values);
    expect(mean).toBeCloseTo(average, 10);
    expect(low).toBeCloseTo(average - (1.96 * deviation) / Math.sqrt(200), 1);
    expect(high).toBeCloseTo(average + (1.96 * deviation) / Math.sqrt(200), 1);
    expect(resampler(200, 0)(values)).toEqual({ mean, low, high });
  });
});

describe('questions over labels', () => {
  const labels = ['boy', 'girl', 'man', 'woman', 'maple_tree'];

  it('are read with comments, and refused with file, line and nearest spelling', async () => {
    const good = temp('good.txt', '# why\n: sex\nboy girl man Woman\n');
    expect(readLabelQuestions(good, labels, 'cifar-100')).toEqual({
      file: good,
      sections: ['sex'],
      questions: [{ section: 0, line: 3, labels: [0, 1, 2, 3] }],
    });
    const failure = (text: string) =>
      errorOf(() => readLabelQuestions(temp('mine.txt', text), labels, 'cifar-100'));
    expect(await failure(': a\nboy girl man woman\nboy gril man woman\n')).toMatchInlineSnapshot(`
      "FormatError: mine.txt: line 3: "gril" is not one of the 5 labels of cifar-100
      Nearest: girl."
    `);
    expect(await failure('boy girl man zeppelin\n')).toMatchInlineSnapshot(`
      "FormatError: mine.txt: line 1: "zeppelin" is not one of the 5 labels of cifar-100
      Its first labels: boy, girl, man, woman, maple_tree."
    `);
    expect(await failure('boy girl girl woman\n')).toMatchInlineSnapshot(`
      "FormatError: mine.txt: line 1: a label occurs twice in "boy girl girl woman"
      The first three labels are excluded as answers, so all four must differ."
    `);
    expect(await failure(': a\n# nothing\n')).toMatchInlineSnapshot(`
      "FormatError: mine.txt: contains no question
      Write each question as a line "a b c d"."
    `);
    expect(await errorOf(() => shippedQuestions('my-photos'))).toMatchInlineSnapshot(`
      "UsageError: Lexel has no analogy questions for "my-photos" (only for cifar-100, shapes)
      Give a file of questions: ": section" lines, and "a b c d" lines of labels for "a is to b as c is to d"."
    `);
  });

  it('that ship with Lexel use labels of their data sets, each question once', () => {
    const lists = {
      shapes: shapesWorld({ perClass: 1, testPerClass: 1, size: 8 }).classes,
      'cifar-100': loadModel(BUNDLED_MODEL).labels,
    };
    for (const [name, known] of Object.entries(lists)) {
      const { sections, questions } = readLabelQuestions(shippedQuestions(name), known, name);
      expect(new Set(questions.map((q) => q.labels.join())).size).toBe(questions.length);
      expect(new Set(questions.map((q) => q.section)).size).toBe(sections.length);
      if (name === 'cifar-100') expect([questions.length, sections.length]).toEqual([120, 14]);
    }
  });
});
