/**
 * Principal components: the two directions in which rows vary most. Computed from the covariance matrix, because there are
 * far fewer dimensions than rows (10,000 × 100 takes 0.1 s).
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { type Floats, meanRow } from '../util/metrics.js';

/** Two axes through the mean of the rows that they were fitted to. */
export interface PcaAxes {
  /** [dimension] */
  readonly mean: Float64Array;
  /**
   * Two unit vectors, [dimension] each, with the larger variance first. Their sign is fixed: the component with the
   * largest absolute value is positive, the first of equals.
   */
  readonly axes: readonly [Float64Array, Float64Array];
  /** Share of the rows' variance along each axis, 0 to 1. */
  readonly explained: readonly [number, number];
}

/**
 * Fits the axes.
 * @param rows [count, dimension], count ≥ 1
 */
export function fitPca(rows: Floats, dimension: number): PcaAxes {
  const mean = meanRow(rows, dimension);
  const { variances, total, axisOf } = components(covariance(rows, mean));
  const share = (variance: number) => (total > 0 ? Math.max(0, variance) / total : 0);
  const second = Math.min(1, dimension - 1);
  return {
    mean,
    axes: [signed(axisOf(0)), second === 0 ? new Float64Array(dimension) : signed(axisOf(1))],
    explained: [share(variances[0]), second === 0 ? 0 : share(variances[1])],
  };
}

/**
 * Coordinates of rows along the axes; the rows need not be those of the fit.
 * @param rows [n, dimension]
 * @returns float32 [n, 2]
 */
export function projectPca(rows: Floats, { mean, axes: [first, second] }: PcaAxes): Float32Array {
  const d = mean.length;
  const places = new Float32Array((rows.length / d) * 2);
  for (let at = 0, to = 0; at < rows.length; at += d, to += 2) {
    let x = 0;
    let y = 0;
    for (let j = 0; j < d; j++) {
      const value = rows[at + j] - mean[j];
      x += value * first[j];
      y += value * second[j];
    }
    places[to] = x;
    places[to + 1] = y;
  }
  return places;
}

/** Sum of the outer products of the centred rows, [d, d]; the upper triangle is computed, and mirrored. */
function covariance(rows: Floats, mean: Float64Array): Float64Array[] {
  const d = mean.length;
  const sums = Array.from({ length: d }, () => new Float64Array(d));
  // Four rows at a time share each load and store of the sums; zeros stand for the missing rows of the last four.
  const [r0, r1, r2, r3] = Array.from({ length: 4 }, () => new Float64Array(d));
  for (let at = 0; at < rows.length; at += 4 * d) {
    for (const [r, row] of [r0, r1, r2, r3].entries()) {
      const from = at + r * d;
      for (let j = 0; j < d; j++) row[j] = from < rows.length ? rows[from + j] - mean[j] : 0;
    }
    for (let i = 0; i < d; i++) {
      const into = sums[i];
      const [v0, v1, v2, v3] = [r0[i], r1[i], r2[i], r3[i]];
      for (let j = i; j < d; j++) into[j] += v0 * r0[j] + v1 * r1[j] + v2 * r2[j] + v3 * r3[j];
    }
  }
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) sums[i][j] = sums[j][i];
  return sums;
}

/** Eigenvalues in descending order, their sum, and the eigenvectors. */
function components(matrix: Float64Array[]) {
  const found = new EigenvalueDecomposition(new Matrix(matrix.map((row) => Array.from(row))), {
    assumeSymmetric: true,
  });
  const values = found.realEigenvalues;
  const order = [...values.keys()].sort((a, b) => values[b] - values[a]);
  return {
    variances: order.map((i) => values[i]),
    total: matrix.reduce((sum, row, i) => sum + row[i], 0),
    axisOf: (rank: number) => Float64Array.from(found.eigenvectorMatrix.getColumn(order[rank])),
  };
}

function signed(axis: Float64Array): Float64Array {
  const largest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}
