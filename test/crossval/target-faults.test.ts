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

describe('labels of one vector', () => {
  it('are found by their targets, however they came to them', () => {
    expect(faultsOf(['Cat', 'dog', 'cat', 'CAT']).equal).toEqual([['Cat', 'cat', 'CAT']]);
    expect(faultsOf(['maple_tree', 'dog', 'tree-maple']).equal).toEqual([['maple_tree', 'tree-maple']]);
    // Sums in another order differ in their last bits.
    const orders = ['green_maple_tree', 'tree_green_maple', 'maple tree green', 'cat'];
    expect(faultsOf(orders).equal).toEqual([orders.slice(0, 3)]);
    const aliases = { lawn: 'cat', grass: 'cat' };
    expect(faultsOf(['lawn', 'grass', 'dog'], 'poster', 'mse', aliases).equal).toEqual([['lawn', 'grass']]);
    expect(faultsOf(['lawn', 'grass', 'cat', 'dog']).equal).toEqual([]);
  });
  it('are found in every recipe; where only directions count, vectors of one direction are one target', () => {
    for (const recipe of ['centred', 'abtt', 'whitened', 'softmax']) {
      expect(faultsOf(['Cat', 'maple', 'cat', 'lawn'], recipe).equal).toEqual([['Cat', 'cat']]);
    }
    expect(faultsOf(['cat', 'dog', 'maple'], 'unit', 'cosine').equal).toEqual([['cat', 'dog']]);
    expect(faultsOf(['cat', 'dog', 'maple']).equal).toEqual([]);
  });
  it('are refused where one is held out and another seen, and only there', async () => {
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
      "LexelError: fold split-1 holds out "cat" and trains on "Cat", which has the same vector (1 more fold likewise): what is held out would be taught
      --alias 'cat=<word>' gives one of "Cat" and "cat" another word, or make them one class; --allow-equal-targets trains anyway, and the report says so"
    `);
    // A control has given the vectors of Cat and cat to dog and maple: these are not at fault.
    const permuted = errorOf(() =>
      checkTargets({ equal: [[2, 3]], zero: [] }, [{ id: 'dog', heldOut: [2] }], classes, faults),
    );
    expect(await permuted).toMatchInlineSnapshot(`
      "LexelError: fold dog holds out "dog" and trains on "maple", which has the same vector (the control gave them the vectors of "Cat" and "cat"): what is held out would be taught
      --alias 'cat=<word>' gives one of "Cat" and "cat" another word, or make them one class; --allow-equal-targets trains anyway, and the report says so"
    `);
    const fine = [[0, 1], [2, 3], []].map((heldOut, i) => ({ id: `split-${i}`, heldOut }));
    expect(() => checkTargets(faults, fine, classes)).not.toThrow();
  });
  it('are told, and zero vectors with them', () => {
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
        "Labels that share one vector: Cat = cat. 1 of 2 folds hold one of them out and train on another: there the target that is held out was taught, and the results of these classes are no transfer.",
        "A label has a zero vector, which has no direction: x. Such a label has no rank, hit or centred cosine, and for other labels it is no candidate.",
      ]
    `);
    expect(faultsOf(['cat', 'nothing', 'dog']).zero).toEqual(['nothing']);
  });
});
