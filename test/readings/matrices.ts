/** Matrices as lists of rows, and the matrix operations that the tests' own formulas need. */

import { Matrix, pseudoInverse } from 'ml-matrix';

export const matrixOf = (values: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, row) =>
    Array.from({ length: width }, (_, j) => values[row * width + j]),
  );

/** Computed from singular values, and not from Cholesky factors as in the sources. */
export const inverse = (matrix: number[][]): number[][] => pseudoInverse(new Matrix(matrix)).to2DArray();

export const times = (a: number[][], b: number[][]): number[][] =>
  a.map((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));

export const turned = (a: number[][]): number[][] => a[0].map((_, j) => a.map((row) => row[j]));

export const plusDiagonal = (a: number[][], value: number): number[][] =>
  a.map((row, i) => row.map((x, j) => (i === j ? x + value : x)));

export const columnMeans = (a: number[][]): number[] =>
  a[0].map((_, j) => a.reduce((sum, row) => sum + row[j], 0) / a.length);

export const less = (a: number[][], mean: number[]): number[][] =>
  a.map((row) => row.map((x, j) => x - mean[j]));

export const unit = (a: number[][]): number[][] => a.map((row) => row.map((x) => x / Math.hypot(...row)));

export const cosine = (a: number[], b: number[]): number =>
  a.reduce((sum, x, j) => sum + x * b[j], 0) / Math.hypot(...a) / Math.hypot(...b);
