import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { expect, test } from 'vitest';
import { fitPca, projectPca } from '../../src/layout/index.js';
import { clusters } from './made.js';

test('the axes are those of a singular value decomposition', () => {
  const d = 9;
  const rows = clusters(53, d, 5);
  const { axes, explained } = fitPca(rows, d);
  const matrix = Matrix.from1DArray(53, d, [...rows]).center('column');
  const found = new SingularValueDecomposition(matrix, { autoTranspose: true });
  const power = found.diagonal.map((value) => value ** 2);
  for (const [k, axis] of axes.entries()) {
    const column = found.rightSingularVectors.getColumn(k);
    const cosine = axis.reduce((sum, value, j) => sum + value * column[j], 0);
    expect(Math.abs(cosine)).toBeCloseTo(1, 9);
    expect(explained[k]).toBeCloseTo(power[k] / power.reduce((a, b) => a + b), 9);
  }
});

test('the component with the largest absolute value is positive', () => {
  for (let seed = 0; seed < 4; seed++) {
    const rows = clusters(20, 4, 3).map((value, i) => value * (((i + seed) % 3) - 1));
    for (const axis of fitPca(rows, 4).axes) {
      const largest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
      expect(largest).toBeGreaterThan(0);
    }
  }
});

test('further rows are projected on the same axes', () => {
  const d = 6;
  const rows = clusters(40, d, 4);
  const axes = fitPca(rows.subarray(0, 30 * d), d);
  const all = projectPca(rows, axes);
  expect(projectPca(rows.subarray(30 * d), axes)).toEqual(all.subarray(60));
});

test.each([
  ['one row', 1, 3],
  ['equal rows', 8, 3],
  ['one dimension', 8, 1],
])('%s', (name, count, dimension) => {
  const rows = new Float32Array(count * dimension).fill(2);
  if (name === 'one dimension') rows[0] = 5;
  const axes = fitPca(rows, dimension);
  const places = projectPca(rows, axes);
  expect([...places].every(Number.isFinite)).toBe(true);
  expect(axes.explained[0]).toBeCloseTo(name === 'one dimension' ? 1 : 0, 12);
});
