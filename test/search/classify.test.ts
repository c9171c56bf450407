import { describe, expect, it } from 'vitest';
import { Answerer, candidatesOf, classifyOutputs, findModel } from '../../src/search/index.js';
import { targetSpace } from '../../src/train/index.js';
import { errorOf, temp, vectors } from '../words/helpers.js';

const model = {
  labels: ['red', 'circle', 'red_circle'],
  vectors: Float32Array.of(4, 1, 1, 4, 2.5, 2.5),
  seenMean: Float32Array.of(1, 1),
  heldOut: ['red_circle'],
  recipe: 'poster',
};
const words = vectors({ red: [4, 1], circle: [1, 4], blue: [1, -4], maple: [0, 1], tree: [1, 0] });

describe('classification', () => {
  it('ranks by the centred cosine, and marks unseen classes', () => {
    const [first, second] = classifyOutputs(Float32Array.of(2, 2, 3, 1.1), candidatesOf(model), { top: 2 });
    expect(first[0]).toMatchObject({ label: 'red_circle', index: 2, unseen: true });
    expect(first[0].score).toBeCloseTo(1, 6);
    expect(second.map((a) => a.label)).toEqual(['red', 'red_circle']);
    const [near] = classifyOutputs(Float32Array.of(1, 3), candidatesOf(model), {
      metric: 'euclidean',
      top: 9,
    });
    expect(near.map((a) => [a.label, a.score])).toEqual([
      ['circle', 1],
      ['red_circle', Math.sqrt(2.5)],
      ['red', Math.sqrt(13)],
    ]);
  });
  it('accepts other words of the same space', async () => {
    expect(candidatesOf(model, { words }).names).toEqual([
      'red',
      'circle',
      'red_circle',
      'blue',
      'maple',
      'tree',
    ]);
    const some = candidatesOf(model, { words, labels: ['maple_tree', 'red'] });
    expect([...some.vectors]).toEqual([0.5, 0.5, 4, 1]);
    const failure = (options: Parameters<typeof candidatesOf>[1]) =>
      errorOf(() => candidatesOf(model, options));
    expect(await failure({ labels: ['circel'] })).toMatchInlineSnapshot(`
      "UsageError: the model has no label "circel"
      Nearest: circle. Other words need --words with the vectors that the model was trained on."
    `);
    expect(await failure({ words: vectors({ red: [1, 4], circle: [4, 1] }) })).toMatchInlineSnapshot(`
      "LexelError: test.txt is not the word space that the model was trained in
      Name the word vectors that it was trained on with --words."
    `);
    expect(await failure({ words: vectors({ red: [1, 4, 2] }) })).toMatchInlineSnapshot(`
      "LexelError: test.txt has 3 dimensions, but the model has 2
      Name the word vectors that it was trained on with --words."
    `);
  });
  it("maps other words to the space of the model's recipe", () => {
    const space = targetSpace('whitened', model.vectors, 2, [2]);
    const whitened = {
      ...model,
      vectors: space.targets,
      seenMean: space.mean,
      space: space.numbers,
    };
    const { names, vectors } = candidatesOf(whitened, { words });
    const blue = names.indexOf('blue');
    expect([...vectors.subarray(2 * blue, 2 * blue + 2)]).toEqual([
      ...space.transform(Float32Array.of(1, -4)),
    ]);
    expect(() => candidatesOf({ ...whitened, space: undefined }, { words })).toThrow('not the word space');
  });
  it('counts a repeated label once', () => {
    const { names, vectors: rows } = candidatesOf(model, { labels: ['red', 'circle', 'red', 'circle'] });
    expect(names).toEqual(['red', 'circle']);
    expect(rows).toHaveLength(4);
  });
  it('by cosine, never returns a word with a zero vector', async () => {
    const some = vectors({ red: [4, 1], circle: [1, 4], nothing: [0, 0], tree: [1, 0] });
    // From μ, the origin lies in the direction of the outputs.
    const outputs = Float32Array.of(-3, -3);
    const candidates = candidatesOf(model, { words: some });
    const answered = (options = {}) =>
      classifyOutputs(outputs, candidates, { top: 9, ...options })[0].map(({ label }) => label);
    expect(answered()).toHaveLength(4);
    expect(answered()).not.toContain('nothing');
    expect(answered({ csls: Float32Array.of(1, 0) })).not.toContain('nothing');
    expect(answered({ metric: 'euclidean' })[0]).toBe('nothing');
    expect(new Answerer(candidates).directionless).toEqual(['nothing']);
    // A recipe that subtracts a mean moves the zero vector, but it still has no direction.
    const space = targetSpace('centred', model.vectors, 2, [2]);
    const centred = { ...model, vectors: space.targets, seenMean: space.mean, space: space.numbers };
    expect([...candidatesOf(centred, { words: some }).directionless]).toEqual([3]);
    const only = candidatesOf(model, { words: some, labels: ['nothing'] });
    expect(await errorOf(() => classifyOutputs(outputs, only))).toMatchInlineSnapshot(
      `"LexelError: no candidate has a direction: their word vectors are all zero"`,
    );
  });
  it('refuses outputs of another dimension', async () => {
    const candidates = candidatesOf(model);
    expect(await errorOf(() => classifyOutputs(Float32Array.of(1, 2, 3), candidates))).toMatchInlineSnapshot(
      `"LexelError: 3 output values are not a multiple of the dimension 2"`,
    );
    expect(
      await errorOf(() => classifyOutputs(Float32Array.of(1, Number.NaN), candidates)),
    ).toMatchInlineSnapshot(`"LexelError: the network's outputs contain NaN or infinity"`);
    expect(await errorOf(() => findModel(temp('nowhere')))).toMatchInlineSnapshot(`
      "LexelError: --model nowhere: no such file or run directory
      Train one with \`lexel train\`."
    `);
  });
});
