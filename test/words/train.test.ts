import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { COLOURS, PATTERNS, SHAPES, shapeClasses } from '../../src/data/index.js';
import { centredCosine, meanRow } from '../../src/util/metrics.js';
import { labelVectors, learnWords, openWords, trainWords, type WordVectors } from '../../src/words/index.js';
import { cooccurrences } from '../../src/words/train/cooccurrence.js';
import { readCorpus, tokenise } from '../../src/words/train/tokenise.js';
import { errorOf, temp } from './helpers.js';

const corpusFile = fileURLToPath(new URL('../../assets/words/shapes-corpus.txt', import.meta.url));

describe('text to counts', () => {
  it('splits into lower-case words', () => {
    expect(tokenise('The T-shirt isn’t RED, it\'s "über-blue" (2nd)!')).toEqual([
      'the',
      't-shirt',
      "isn't",
      'red',
      "it's",
      'über-blue',
      '2nd',
    ]);
  });
  it('weights pairs by 1/distance, but not across lines or dropped words', async () => {
    const corpus = await readCorpus(temp('c.txt', 'a b a\nb rare a\n'), 2);
    expect(corpus.vocabulary).toEqual(['a', 'b']);
    expect(corpus.counts).toEqual([3, 2]);
    const { rows, columns, values } = cooccurrences(corpus, 2);
    const entries = Array.from(values, (value, i) => [rows[i], columns[i], value]);
    // "a b a": ab twice with weight 1, aa with 1/2 in both directions; "b a": once.
    expect(entries).toEqual([
      [0, 0, 1],
      [0, 1, 3],
      [1, 0, 3],
    ]);
  });
  it('refuses too little text and options out of range', async () => {
    expect(await errorOf(() => learnWords(temp('e.txt', 'one two three')))).toMatchInlineSnapshot(`
      "FormatError: e.txt: contains 3 different words, 0 of them at least 5 times: too few for training
      Use a longer text, or lower --min-count."
    `);
    expect(await errorOf(() => learnWords(temp('none.txt')))).toMatchInlineSnapshot(
      `"FormatError: none.txt: no such file"`,
    );
    expect(await errorOf(() => learnWords(corpusFile, { window: 0 }))).toMatchInlineSnapshot(
      `"UsageError: window must be a whole number of at least 1, not 0"`,
    );
    expect(await errorOf(() => trainWords(corpusFile, temp('x.json')))).toMatchInlineSnapshot(
      `"UsageError: x.json: word vectors are written as .lexw (packed) or .txt"`,
    );
  });
});

it('learns the same vectors from the same text, and a better fit with each epoch', async () => {
  const text = temp('t.txt', 'the red sun and the red moon\nthe blue sea and the blue sky\n'.repeat(20));
  const losses: number[] = [];
  const options = {
    dimension: 8,
    epochs: 15,
    xMax: 10,
    onEpoch: (_: number, loss: number) => losses.push(loss),
  };
  const first = await trainWords(text, temp('t.lexw'), options);
  expect((await openWords(temp('t.lexw'))).checksum).toBe(first.checksum);
  expect((await learnWords(text, options)).checksum).toBe(first.checksum);
  expect((await learnWords(text, { ...options, seed: 2 })).checksum).not.toBe(first.checksum);
  expect(losses[14]).toBeLessThan(losses[0] / 4);
});

describe('the bundled vectors', () => {
  const names: string[] = [...COLOURS, ...PATTERNS, ...SHAPES];
  let words: WordVectors;
  let mu: Float64Array;
  const between = (a: string, b: string) => centredCosine(words.require(a), words.require(b), mu);
  const nearest = (word: string, n: number) =>
    names
      .filter((other) => other !== word)
      .sort((a, b) => between(word, b) - between(word, a))
      .slice(0, n);
  beforeAll(async () => {
    words = await openWords('shapes');
    mu = meanRow(labelVectors(words, names).vectors, words.dimension);
  });

  it('are reproduced from the text by the command in their README', async () => {
    const made = await learnWords(corpusFile, {
      dimension: 50,
      window: 6,
      xMax: 10,
      epochs: 200,
      minCount: 5,
      seed: 1,
    });
    expect(made.words).toEqual(words.words);
    // Not the checksum: logarithms may differ in the last bit between versions of Node.
    for (const name of names)
      expect(centredCosine(made.require(name), words.require(name))).toBeGreaterThan(0.99);
  });
  it('contain every label of the shapes world', () => {
    const labels = shapeClasses(140).map((c) => c.label);
    expect(labels.length).toBe(140);
    expect(labelVectors(words, labels).sources.every((s) => s.via === 'mean')).toBe(true);
  });
  it('have similar vectors for similar words: colours by hue, patterns, round and angular shapes', () => {
    for (const group of [COLOURS, PATTERNS, SHAPES] as readonly (readonly string[])[]) {
      for (const word of group) expect([word, group.includes(nearest(word, 1)[0])]).toEqual([word, true]);
    }
    expect(nearest('red', 2)).toEqual(['pink', 'orange']);
    expect(nearest('blue', 2)).toEqual(['green', 'purple']);
    expect(nearest('circle', 2).sort()).toEqual(['crescent', 'ring']);
    expect(nearest('square', 2).sort()).toEqual(['diamond', 'hexagon']);
  });
});
