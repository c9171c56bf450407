/**
 * Linear systems with positive definite matrices in float64, for ridge regression and whitening. Matrices are
 * flat, in row-major order.
 */

/** The lower triangle L of A = L Lᵀ, [n, n]. `matrix` must be symmetric and positive definite. */
export function cholesky(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j];
      for (let k = 0; k < j; k++) sum -= lower[i * n + k] * lower[j * n + k];
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j];
    }
  }
  return lower;
}

/** x <- L⁻¹ x in place, for the n values of `x` from index `at`. */
export function forwardSolve(lower: Float64Array, n: number, x: Float64Array, at = 0): void {
  for (let i = 0; i < n; i++) {
    let sum = x[at + i];
    for (let k = 0; k < i; k++) sum -= lower[i * n + k] * x[at + k];
    x[at + i] = sum / lower[i * n + i];
  }
}

/** x <- L⁻ᵀ x, in place. */
function backwardSolve(lower: Float64Array, n: number, x: Float64Array, at: number): void {
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[at + i];
    for (let k = i + 1; k < n; k++) sum -= lower[k * n + i] * x[at + k];
    x[at + i] = sum / lower[i * n + i];
  }
}

/** A⁻¹ times each row of `rows` [m, n], as rows: [m, n]. */
export function solveRows(matrix: Float64Array, n: number, rows: Float64Array): Float64Array {
  const lower = cholesky(matrix, n);
  const out = rows.slice();
  for (let at = 0; at < out.length; at += n) {
    forwardSolve(lower, n, out, at);
    backwardSolve(lower, n, out, at);
  }
  return out;
}

/** Xᵀ X + lambda · I of `rows` X [m, n]: [n, n]. */
export function gram(rows: Float64Array, n: number, lambda: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let at = 0; at < rows.length; at += n) {
    for (let i = 0; i < n; i++) {
      const value = rows[at + i];
      for (let j = 0; j <= i; j++) out[i * n + j] += value * rows[at + j];
    }
  }
  for (let i = 0; i < n; i++) {
    out[i * n + i] += lambda;
    for (let j = 0; j < i; j++) out[j * n + i] = out[i * n + j];
  }
  return out;
}

/** A [m, n] times B [n, p], both row-major: [m, p]. */
export function product(a: ArrayLike<number>, b: ArrayLike<number>, n: number, p: number): Float64Array {
  const m = a.length / n;
  const out = new Float64Array(m * p);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < n; k++) {
      const value = a[i * n + k];
      if (value === 0) continue;
      for (let j = 0; j < p; j++) out[i * p + j] += value * b[k * p + j];
    }
  }
  return out;
}

/** Transposes `matrix` [m, n] to [n, m]. */
export function transposed(matrix: ArrayLike<number>, n: number): Float64Array {
  const m = matrix.length / n;
  const out = new Float64Array(matrix.length);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = matrix[i * n + j];
  return out;
}
