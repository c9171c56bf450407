import { expect, test } from 'vitest';
import { nearestRows } from '../../src/layout/index.js';
import { clusters } from './made.js';

/** Every distance, sorted. */
function plain(rows: Float32Array, queries: Float32Array, d: number, k: number, skipOwn: boolean) {
  return Array.from({ length: queries.length / d }, (_, i) => {
    const all = Array.from({ length: rows.length / d }, (_, row) => {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += (rows[row * d + j] - queries[i * d + j]) ** 2;
      return { row, distance: Math.sqrt(sum) };
    });
    return all
      .filter(({ row }) => !skipOwn || row !== i)
      .sort((a, b) => a.distance - b.distance || a.row - b.row)
      .slice(0, k);
  }).flat();
}

test('equals a sort of all distances', () => {
  const d = 11;
  const rows = clusters(300, d, 20);
  const found = nearestRows(rows, null, d, 7);
  const expected = plain(rows, rows, d, 7, true);
  expect([...found.rows]).toEqual(expected.map(({ row }) => row));
  expect(found.distances).toEqual(Float32Array.from(expected, ({ distance }) => distance));
});

test('queries other than the rows', () => {
  const d = 5;
  const rows = clusters(80, d, 6);
  const queries = clusters(90, d, 9).subarray(80 * d);
  const found = nearestRows(rows, queries, d, 3);
  expect([...found.rows]).toEqual(plain(rows, queries, d, 3, false).map(({ row }) => row));
});

test('equal rows are each other’s neighbours in row order; k is lowered to what there is', () => {
  const rows = Float32Array.of(1, 2, 1, 2, 1, 2);
  const found = nearestRows(rows, null, 2, 15);
  expect(found.k).toBe(2);
  expect([...found.rows]).toEqual([1, 2, 0, 2, 0, 1]);
  expect([...found.distances]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(nearestRows(rows.subarray(0, 2), null, 2, 15).k).toBe(0);
});
