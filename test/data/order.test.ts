import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochOrder, gather, limitIndices } from '../../src/data/order.js';
import { deriveKey } from '../../src/util/random.js';
import { flatSet } from './helpers.js';

const labels = Uint16Array.from({ length: 1000 }, (_, i) => (i * 7) % 10);
const all = Int32Array.from(labels, (_, i) => i);
const counts = (indices: Int32Array, of = labels) => {
  const result = new Array<number>(10).fill(0);
  for (const i of indices) result[of[i]]++;
  return result;
};

describe('limitIndices', () => {
  it('draws a balanced, repeatable, sorted selection that differs between folds', () => {
    const drawn = limitIndices(all, labels, 205, 1, 'a');
    expect(drawn).toHaveLength(205);
    expect(counts(drawn).every((n) => n === 20 || n === 21)).toBe(true);
    expect(limitIndices(all, labels, 205, 1, 'a')).toEqual(drawn);
    expect(limitIndices(all, labels, 205, 1, 'b')).not.toEqual(drawn);
    expect(limitIndices(all, labels, 205, 2, 'a')).not.toEqual(drawn);
    expect([...drawn].every((v, i) => i === 0 || v > drawn[i - 1])).toBe(true);
    expect(limitIndices(all, labels, 1000, 1, 'a')).toEqual(all);
    expect(() => limitIndices(all, labels, 0, 1, 'a')).toThrow('limit 0');
  });

  it('draws more images of other classes if a class has too few', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 60 }),
        fc.nat(70),
        (list, n) => {
          const own = Uint16Array.from(list);
          const indices = Int32Array.from(list, (_, i) => i);
          const limit = Math.max(1, n);
          const drawn = limitIndices(indices, own, limit, 3, 'x');
          expect(new Set(drawn).size).toBe(Math.min(limit, list.length));
          const [had, got] = [counts(indices, own), counts(drawn, own)];
          const most = Math.max(...got);
          got.forEach((count, c) => {
            expect(count >= Math.min(had[c], most - 1)).toBe(true);
          });
        },
      ),
    );
  });
});

describe('epochOrder', () => {
  it('is a permutation that depends on the key', () => {
    for (const balanced of [false, true]) {
      const order = epochOrder(all, labels, { balanced, key: deriveKey(1, 'order', 1) });
      expect(order).not.toEqual(all);
      expect(order.slice().sort()).toEqual(all);
      expect(epochOrder(all, labels, { balanced, key: deriveKey(1, 'order', 1) })).toEqual(order);
      expect(epochOrder(all, labels, { balanced, key: deriveKey(1, 'order', 2) })).not.toEqual(order);
    }
  });

  it('spreads classes evenly if balanced', () => {
    const order = epochOrder(all, labels, { balanced: true, key: [1, 2] });
    for (let start = 0; start + 100 <= order.length; start += 100) {
      for (const n of counts(order.subarray(start, start + 100)))
        expect(Math.abs(n - 10)).toBeLessThanOrEqual(2);
    }
  });
});

describe('gather', () => {
  const set = flatSet([
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
  ]);
  it('copies a batch', () => {
    const out = new Uint8Array(24);
    gather(set, Int32Array.from([3, 0, 2]), 1, 2, out);
    expect([out[0], out[11], out[12], out[23]]).toEqual([1, 1, 3, 3]);
  });
  it('refuses batches beyond the end of the indices or of the output', () => {
    expect(() => gather(set, all.subarray(0, 3), 2, 2, new Uint8Array(24))).toThrow('images 2 to 4 of 3');
    expect(() => gather(set, all.subarray(0, 3), 0, 3, new Uint8Array(24))).toThrow('24 bytes for 3 images');
  });
});
