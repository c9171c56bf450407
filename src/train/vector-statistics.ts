/**
 * Transforms of word vectors that are fitted to the seen classes' vectors alone: their mean, their principal
 * directions, and whitening by their covariance.
 */

import type { Matrix } from 'ml-matrix';
import { builtin } from '../util/builtins.js';
import { LexelError } from '../util/errors.js';

/** Mean of some rows of `vectors` [classes, d], float64 [d]. */
export function meanOf(vectors: Float32Array, d: number, rows: readonly number[]): Float64Array {
  const sum = new Float64Array(d);
  for (const r of rows) for (let j = 0; j < d; j++) sum[j] += vectors[r * d + j];
  return sum.map((s) => s / Math.max(1, rows.length));
}

/** Number of directions that all-but-the-top removes: d / 100, as its authors recommend, but at least one. */
export function topDirections(dimension: number): number {
  return Math.max(1, Math.round(dimension / 100));
}

/**
 * All-but-the-top (Mu & Viswanath, "All-but-the-Top: simple and effective postprocessing for word
 * representations", ICLR 2018, algorithm 1): I − Σ uᵢuᵢᵀ over the first {@link topDirections} principal
 * directions of the centred rows. Subtract the mean of the same rows before applying it.
 */
export function withoutTop(vectors: Float32Array, d: number, rows: readonly number[]): Float32Array {
  const { values, vectors: directions } = eigen(covariance(vectors, d, rows), d);
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a]);
  const matrix = new Float64Array(d * d);
  for (let i = 0; i < d; i++) matrix[i * d + i] = 1;
  for (const k of order.slice(0, topDirections(d))) {
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) matrix[i * d + j] -= directions.get(i, k) * directions.get(j, k);
  }
  return Float32Array.from(matrix);
}

/**
 * ZCA whitening: the symmetric Σ^(−1/2), with Σ the shrunken covariance of the rows. The sample covariance is
 * singular if there are fewer vectors than dimensions. Of all whitenings, ZCA changes the vectors least (Kessy,
 * Lewin & Strimmer, 2018).
 */
export function whitening(vectors: Float32Array, d: number, rows: readonly number[]): Float32Array {
  const { values, vectors: directions } = eigen(shrunkCovariance(vectors, d, rows).covariance, d);
  const matrix = new Float64Array(d * d);
  for (let k = 0; k < d; k++) {
    // Equal rows have zero covariance and are not scaled.
    const scale = values[k] > 0 ? 1 / Math.sqrt(values[k]) : 1;
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) matrix[i * d + j] += scale * directions.get(i, k) * directions.get(j, k);
  }
  return Float32Array.from(matrix);
}

/**
 * Covariance of some rows, shrunk towards a multiple of the identity. The shrinkage is optimal for the number
 * of rows (Ledoit & Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", J.
 * Multivariate Analysis 88, 2004, section 3.3): (1 − shrinkage) S + shrinkage · tr(S)/d · I.
 */
export function shrunkCovariance(
  vectors: Float32Array,
  d: number,
  rows: readonly number[],
): { covariance: Float64Array; shrinkage: number } {
  const n = rows.length;
  const mean = meanOf(vectors, d, rows);
  const sample = covariance(vectors, d, rows);
  let trace = 0;
  let squares = 0;
  for (let i = 0; i < d; i++) trace += sample[i * d + i];
  for (const s of sample) squares += s * s;
  const scale = trace / d;
  // |S − scale · I|² = |S|² − d · scale², and the mean of |x xᵀ − S|² over the rows is mean |x|⁴ − |S|².
  const distance = squares - d * scale * scale;
  let fourth = 0;
  for (const r of rows) {
    let square = 0;
    for (let j = 0; j < d; j++) square += (vectors[r * d + j] - mean[j]) ** 2;
    fourth += square * square;
  }
  const noise = (fourth / n - squares) / n;
  const shrinkage = distance > 0 ? Math.min(1, Math.max(0, noise / distance)) : 1;
  const shrunk = sample.map((s, at) => (1 - shrinkage) * s + (at % (d + 1) === 0 ? shrinkage * scale : 0));
  return { covariance: shrunk, shrinkage };
}

/** Σ (x − mean)(x − mean)ᵀ / n over the rows, float64 [d, d]. */
function covariance(vectors: Float32Array, d: number, rows: readonly number[]): Float64Array {
  const mean = meanOf(vectors, d, rows);
  const out = new Float64Array(d * d);
  for (const r of rows) {
    const x = mean.map((m, j) => vectors[r * d + j] - m);
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) out[i * d + j] += x[i] * x[j];
  }
  return out.map((s) => s / rows.length);
}

function eigen(matrix: Float64Array, d: number): { values: readonly number[]; vectors: Matrix } {
  // Loaded at its first use: only two recipes need it, and it would be a sixth of the time of importing the library.
  const require = builtin('node:module')?.createRequire(import.meta.url);
  if (!require)
    throw new LexelError('the recipes abtt and whitened are computed in Node only', 'choose another recipe');
  const { EigenvalueDecomposition, Matrix } = require('ml-matrix') as typeof import('ml-matrix');
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    Matrix.from1DArray(d, d, matrix),
    {
      assumeSymmetric: true,
    },
  );
  return { values: realEigenvalues, vectors: eigenvectorMatrix };
}
