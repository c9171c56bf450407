import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '../../src/formats/index.js';
import { Scanner } from '../../src/search/index.js';
import { mergeFound, scanRows } from '../../src/search/scan.js';
import { deriveKey, Random } from '../../src/util/random.js';

/** A simple reference that sorts everything. */
function naive(matrix: ArrayLike<number>, query: Float32Array, k: number): number[] {
  const d = query.length;
  const scores = Array.from({ length: matrix.length / d }, (_, r) =>
    query.reduce((sum, x, j) => sum + x * matrix[r * d + j], 0),
  );
  return scores
    .map((_, r) => r)
    .sort((a, b) => scores[b] - scores[a] || a - b)
    .slice(0, k);
}

describe('scans', () => {
  it('find the same as sorting, in parts and as a whole (property)', () => {
    const value = fc.integer({ min: -3, max: 3 });
    const row = fc.array(value, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), row, fc.nat(12), fc.nat(40), (rows, q, k, cut) => {
        const matrix = Float32Array.from(rows.flat());
        const query = Float32Array.from(q);
        const at = Math.min(cut, rows.length);
        const expected = naive(matrix, query, k);
        expect([...scanRows(matrix, query, 0, rows.length, k).rows]).toEqual(expected);
        const parts = [scanRows(matrix, query, 0, at, k), scanRows(matrix, query, at, rows.length, k)];
        expect([...mergeFound(parts, k).rows]).toEqual(expected);
      }),
    );
  });

  it.each(['float32', 'float16'])('with threads that share the matrix find the same: %s', async (dtype) => {
    const d = 64;
    const rows = 70_000;
    const random = new Random(deriveKey(3, 'scan'));
    const values = Float32Array.from({ length: rows * d }, () => random.uniform() - 0.5);
    const halves = dtype === 'float16' ? toHalf(values) : undefined;
    const source = halves ?? values;
    const shared = new SharedArrayBuffer(source.byteLength);
    const matrix = halves ? new Uint16Array(shared) : new Float32Array(shared);
    matrix.set(source);
    const query = Float32Array.from({ length: d }, () => random.uniform() - 0.5);
    const scanner = new Scanner(matrix, d, 3);
    const [found, again] = await Promise.all([scanner.search(query, 10), scanner.search(query, 3)]);
    expect([...found.rows]).toEqual(naive(halves ? fromHalf(halves) : values, query, 10));
    expect([...again.rows]).toEqual([...found.rows.subarray(0, 3)]);
    expect(await new Scanner(matrix, d, 1).search(query, 10)).toEqual(found);
    const cut = expect(scanner.search(query, 10)).rejects.toMatchObject({
      code: 'LEXEL_USAGE',
      message: 'closed while a search was running',
    });
    await scanner.close();
    await cut;
    expect((await scanner.search(query, 1)).rows[0]).toBe(found.rows[0]);
    await scanner.close();
  });
});
