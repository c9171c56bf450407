import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protocolFolds, singleFold } from '../../src/crossval/protocols.js';
import { classIndices, parseRanges, selectFolds } from '../../src/crossval/selection.js';

/** Tables of up to 30 classes in up to 6 superclasses. */
const tables = fc.array(fc.nat(5), { minLength: 4, maxLength: 30 }).map((superclassOf) => ({
  classes: superclassOf.map((_, c) => `class_${c}`),
  superclasses: ['a', 'b', 'c', 'd', 'e', 'f'],
  superclassOf,
}));

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

describe('protocolFolds', () => {
  it('partitions the classes, under every protocol', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 3 }), fc.nat(1000), (table, m, seed) => {
        for (const protocol of ['loo', 'one-per-superclass', `holdout:${m}`]) {
          const folds = protocolFolds(protocol, table, seed);
          expect(sorted(folds.flatMap((fold) => fold.heldOut))).toEqual(table.classes.map((_, c) => c));
          expect(new Set(folds.map((fold) => fold.id)).size).toBe(folds.length);
          for (const { heldOut } of folds) expect(heldOut).toEqual(sorted(heldOut));
        }
      }),
    );
  });

  it('holds out at most one class of each superclass in a rotation', () => {
    fc.assert(
      fc.property(tables, (table) => {
        for (const { heldOut } of protocolFolds('one-per-superclass', table, 0)) {
          const superclasses = heldOut.map((c) => table.superclassOf[c]);
          expect(new Set(superclasses).size).toBe(heldOut.length);
        }
      }),
    );
  });

  it('takes the r-th class, in label order, of each superclass', () => {
    const table = {
      classes: ['apple', 'beaver', 'crab', 'dahlia', 'elm', 'fox'],
      superclasses: ['plant', 'animal'],
      superclassOf: [0, 1, 1, 0, 0, 1],
    };
    expect(protocolFolds('one-per-superclass', table, 0)).toEqual([
      { id: 'rotation-0', heldOut: [0, 1] },
      { id: 'rotation-1', heldOut: [2, 3] },
      { id: 'rotation-2', heldOut: [4, 5] },
    ]);
  });

  it('draws other groups for another seed, and equal groups for equal seeds', () => {
    const table = {
      classes: Array.from({ length: 40 }, (_, c) => `c${c}`),
      superclasses: [],
      superclassOf: [],
    };
    expect(protocolFolds('holdout:8', table, 1)).toEqual(protocolFolds('holdout:8', table, 1));
    expect(protocolFolds('holdout:8', table, 1)).not.toEqual(protocolFolds('holdout:8', table, 2));
  });

  it('names a fold after its class, with valid characters for file names', () => {
    const table = { classes: ['willow_tree', 'a/b', '..', 'Ähre'], superclasses: [], superclassOf: [] };
    expect(protocolFolds('loo', table, 0).map((fold) => fold.id)).toEqual([
      'willow_tree',
      'a-b',
      '-',
      'Ähre',
    ]);
    const clash = { classes: ['a/b', 'a:b'], superclasses: [], superclassOf: [] };
    expect(protocolFolds('loo', clash, 0).map((fold) => fold.id)).toEqual(['0-a-b', '1-a-b']);
  });

  it('rejects protocols that do not apply', () => {
    const table = { classes: ['a', 'b', 'c'], superclasses: [], superclassOf: [] };
    expect(() => protocolFolds('one-per-superclass', table, 0)).toThrow('no superclasses');
    expect(() => protocolFolds('holdout:3', table, 0)).toThrow('leaves nothing to train on');
    expect(() => protocolFolds('holdout:0', table, 0)).toThrow('unknown protocol "holdout:0"');
  });
});

describe('singleFold', () => {
  it('is the loo fold for one class, and a group for several', () => {
    const classes = ['ant', 'bee', 'cat'];
    const loo = protocolFolds('loo', { classes, superclasses: [], superclassOf: [] }, 0);
    expect(singleFold(classes, [1])).toEqual(loo[1]);
    expect(singleFold(classes, [2, 0])).toEqual({ id: 'ant+cat', heldOut: [0, 2] });
    expect(singleFold(classes, [])).toEqual({ id: 'all', heldOut: [] });
  });
});

describe('selectFolds', () => {
  const classes = Array.from({ length: 20 }, (_, c) => `c${c}`);
  const folds = protocolFolds('loo', { classes, superclasses: [], superclassOf: [] }, 0);
  const ids = (selection: Parameters<typeof selectFolds>[1]) =>
    selectFolds(folds, selection, classes).map((fold) => fold.id);

  it('selects by class, number and shard', () => {
    expect(ids({ classes: ['c3', 'c1'] })).toEqual(['c1', 'c3']);
    expect(ids({ folds: '0-2,12' })).toEqual(['c0', 'c1', 'c2', 'c12']);
    expect(ids({ folds: '0-9', shard: '2/5' })).toEqual(['c1', 'c6']);
  });

  it('shards partition the folds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (n) => {
        const shards = Array.from({ length: n }, (_, i) => ids({ shard: `${i + 1}/${n}` }));
        expect(shards.flat().sort()).toEqual([...classes].sort());
      }),
    );
  });

  it('rejects unknown classes and folds', () => {
    expect(() => ids({ classes: ['c33'] })).toThrow('the data set has no class "c33"');
    expect(() => ids({ shard: '3/2' })).toThrow('not a shard');
    expect(() => ids({ classes: ['c1'], folds: '2' })).toThrow('no fold is left');
    expect(() => parseRanges('0-20', 20)).toThrow('there are 20 folds, numbered 0 to 19');
    expect(() => parseRanges('5-2', 20)).toThrow('is not a number or a range');
    expect(() => classIndices(['wilow'], ['willow', 'oak'])).toThrow('no class "wilow"');
  });
});
