import { describe, expect, it } from 'vitest';
import { checkTargets, targetFaults, targetWarnings } from '../../src/crossval/target-faults.js';
import { labelVectors } from '../../src/words/index.js';
import { errorOf, vectors } from '../words/helpers.js';

const words = vectors({
  cat: [1, 0.3, -2],
  maple: [0.1, 0.7, 0.2],
  tree: [0.9, -0.3, 0.1],
  green: [1e-3, 5, 7],
  dog: [2, 0.6, -4],
  lawn: [3, 1, 1],
  grass: [3, 1, 1.001],
  nothing: [0, 0, 0],
});
const faultsOf = (labels: string[], recipe = 'poster', loss: 'mse' | 'cosine' = 'mse', aliases = {}) => {
  const { vectors: rows } = labelVectors(words, labels, { aliases });
  const { equal, zero } = targetFaults(recipe, loss, rows, 3);
  return { equal: equal.map((group) => group.map((c) => labels[c])), zero: zero.map((c) => labels[c]) };
};

describe('labels with the same vector', () => {
  it('are found by their targets, not by their words', () => {
    expect(faultsOf(['Cat', 'dog', 'cat', 'CAT']).equal).toEqual([['Cat', 'cat', 'CAT']]);
    expect(faultsOf(['maple_tree', 'dog', 'tree-maple']).equal).toEqual([['maple_tree', 'tree-maple']]);
    // Sums in different orders differ in their last bits.
    const orders = ['green_maple_tree', 'tree_green_maple', 'maple tree green', 'cat'];
    expect(faultsOf(orders).equal).toEqual([orders.slice(0, 3)]);
    const aliases = { lawn: 'cat', grass: 'cat' };
    expect(faultsOf(['lawn', 'grass', 'dog'], 'poster', 'mse', aliases).equal).toEqual([['lawn', 'grass']]);
    expect(faultsOf(['lawn', 'grass', 'cat', 'dog']).equal).toEqual([]);
  });
  it('are found for every recipe; at unit length, vectors with the same direction are equal targets', () => {
    for (const recipe of ['centred', 'abtt', 'whitened', 'softmax']) {
      expect(faultsOf(['Cat', 'maple', 'cat', 'lawn'], recipe).equal).toEqual([['Cat', 'cat']]);
    }
    expect(faultsOf(['cat', 'dog', 'maple'], 'unit', 'cosine').equal).toEqual([['cat', 'dog']]);
    expect(faultsOf(['cat', 'dog', 'maple']).equal).toEqual([]);
  });
  it('are rejected only if a fold holds out one and trains on another', async () => {
    const classes = ['Cat', 'cat', 'dog', 'maple'];
    const faults = { equal: [[0, 1]], zero: [] };
    const check = (...folds: number[][]) =>
      errorOf(() =>
        checkTargets(
          faults,
          folds.map((heldOut, i) => ({ id: `split-${i}`, heldOut })),
          classes,
        ),
      );
    expect(await check([2], [3, 1], [0, 2])).toMatchInlineSnapshot(`
      "LexelError: fold split-1 holds out "cat" and trains on "Cat", which has the same vector (1 more fold likewise): it would train on a held-out target
      --alias 'cat=<word>' gives one of "Cat" and "cat" another word, or make them one class; --allow-equal-targets trains anyway, and the report warns of it"
    `);
    // A control has assigned the vectors of Cat and cat to dog and maple, so the hint must name Cat and cat.
    const permuted = errorOf(() =>
      checkTargets({ equal: [[2, 3]], zero: [] }, [{ id: 'dog', heldOut: [2] }], classes, faults),
    );
    expect(await permuted).toMatchInlineSnapshot(`
      "LexelError: fold dog holds out "dog" and trains on "maple", which has the same vector (the control gave them the vectors of "Cat" and "cat"): it would train on a held-out target
      --alias 'cat=<word>' gives one of "Cat" and "cat" another word, or make them one class; --allow-equal-targets trains anyway, and the report warns of it"
    `);
    const fine = [[0, 1], [2, 3], []].map((heldOut, i) => ({ id: `split-${i}`, heldOut }));
    expect(() => checkTargets(faults, fine, classes)).not.toThrow();
  });
  it('cause warnings, like zero vectors', () => {
    const run = {
      folds: [
        { id: 'a', heldOut: [0] },
        { id: 'b', heldOut: [2] },
      ],
      dataset: { classes: ['Cat', 'cat', 'x'] },
    };
    const told = (equal: number[][], zero: number[]) =>
      targetWarnings({ equal, zero }, run as unknown as Parameters<typeof targetWarnings>[1]);
    expect(told([], [])).toEqual([]);
    expect(told([[0, 1]], [2])).toMatchInlineSnapshot(`
      [
        "Labels that share one vector: Cat = cat. 1 of 2 folds hold one of them out and train on another: these folds train on a held-out target, so the results of these classes do not show transfer.",
        "A label has a zero vector, which has no direction: x. Such a label has no rank, hit or centred cosine, and it is not a candidate for other labels.",
      ]
    `);
    expect(faultsOf(['cat', 'nothing', 'dog']).zero).toEqual(['nothing']);
  });
});
