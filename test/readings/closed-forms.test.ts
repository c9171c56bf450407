/**
 * Ridge regression, whitening and ESZSL, compared with their formulas over all training images, solved by
 * another method.
 */

import { describe, expect, it } from 'vitest';
import { makeReading } from '../../src/readings/index.js';
import { DIMENSION, FEATURES, madeUp, SEEN } from './basis.js';
import {
  columnMeans,
  cosine,
  inverse,
  less,
  matrixOf,
  plusDiagonal,
  times,
  turned,
  unit,
} from './matrices.js';

/** Cosines of every image with every word, by a reading. */
function cosines(name: string, { basis, outputs, features }: ReturnType<typeof madeUp>): number[][] {
  const reading = makeReading(name, basis);
  const { dimension: r, mean } = reading;
  const points = less(matrixOf(reading.points({ outputs, features }), r), [...mean]);
  const words = less(matrixOf(reading.place(basis.targets), r), [...mean]);
  return points.map((point) => words.map((word) => cosine(point, word)));
}

const near = (found: number[][], expected: number[][]) => {
  for (const [i, row] of expected.entries())
    for (const [j, value] of row.entries()) expect(found[i][j]).toBeCloseTo(value, 5);
};

/** Unit vectors of the words after subtracting the seen words' mean. */
const wordsOf = ({ basis }: ReturnType<typeof madeUp>) => {
  const words = matrixOf(basis.targets, DIMENSION);
  return unit(less(words, columnMeans(SEEN.map((c) => words[c]))));
};

/** Centred features of all training images, the images' mean, and the covariance within classes. */
function images({ rows, labels }: ReturnType<typeof madeUp>) {
  const mean = columnMeans(rows);
  const centred = less(rows, mean);
  const ofClass = (c: number) => columnMeans(centred.filter((_, i) => labels[i] === c));
  const within = centred.map((row, i) => less([row], ofClass(labels[i]))[0]);
  const covariance = times(turned(within), within).map((row) => row.map((x) => x / rows.length));
  return { mean, centred, ofClass, covariance };
}

/** Bᵀ for the words W and the mean features F of the seen classes: (WᵀW + I)⁻¹ WᵀF. */
const ridge = (words: number[][], places: number[][]) =>
  times(inverse(plusDiagonal(times(turned(words), words), 1)), times(turned(words), places));

const cosinesOf = (points: number[][], words: number[][]) =>
  points.map((point) => words.map((word) => cosine(point, word)));

describe('closed forms', () => {
  it('reverse ridge: words are mapped to the standardised mean features of their images', () => {
    const made = madeUp();
    const { mean, centred, ofClass } = images(made);
    const deviation = columnMeans(centred.map((row) => row.map((x) => x * x))).map(Math.sqrt);
    const scaled = (rows: number[][]) => rows.map((row) => row.map((x, j) => x / deviation[j]));
    const words = wordsOf(made);
    const matrix = ridge(
      SEEN.map((c) => words[c]),
      scaled(SEEN.map(ofClass)),
    );
    const points = scaled(less(matrixOf(made.features, FEATURES), mean));
    near(cosines('reverse-ridge', made), cosinesOf(points, times(words, matrix)));
  });

  it('whitened ridge: equals any whitening by the shrunken covariance within classes', () => {
    const made = madeUp(2);
    const { mean, ofClass, covariance } = images(made);
    const trace = covariance.reduce((sum, row, i) => sum + row[i], 0);
    const shrunk = plusDiagonal(
      covariance.map((row) => row.map((x) => 0.9 * x)),
      (0.1 * trace) / FEATURES,
    );
    // The cosine after whitening equals the cosine in the metric of the inverse covariance.
    const metric = inverse(shrunk);
    const product = (a: number[], b: number[]) => times(times([a], metric), turned([b]))[0][0];
    const words = wordsOf(made);
    const matrix = ridge(
      SEEN.map((c) => words[c]),
      SEEN.map(ofClass),
    );
    const points = less(matrixOf(made.features, FEATURES), mean);
    const placed = times(words, matrix);
    near(
      cosines('whitened-ridge', made),
      points.map((a) => placed.map((b) => product(a, b) / Math.sqrt(product(a, a) * product(b, b)))),
    );
  });

  it('ESZSL: equation 6, image by image', () => {
    const made = madeUp(3);
    const { mean, centred } = images(made);
    const deviation = columnMeans(centred.map((row) => row.map((x) => x * x))).map(Math.sqrt);
    const scaled = (rows: number[][]) => rows.map((row) => row.map((x, j) => x / deviation[j]));
    const x = scaled(centred);
    const words = wordsOf(made);
    const s = SEEN.map((c) => words[c]);
    const y = made.labels.map((label) => SEEN.map((c) => (c === label ? 1 : -1)));
    const left = inverse(plusDiagonal(times(turned(x), x), 0.1 * x.length));
    const right = inverse(plusDiagonal(times(turned(s), s), 10));
    const v = times(times(left, times(times(turned(x), y), s)), right);
    const points = times(scaled(less(matrixOf(made.features, FEATURES), mean)), v);
    near(cosines('eszsl', made), cosinesOf(points, words));
  });

  it('ignore a class whose word has no direction', () => {
    const made = madeUp(4);
    const targets = made.basis.targets.slice();
    targets.fill(0, 5 * DIMENSION, 6 * DIMENSION);
    const other = targets.map((x, at) => (Math.floor(at / DIMENSION) === 5 ? 9 : x));
    const ofClass = (values: Float32Array, name: string) =>
      cosines(name, { ...made, basis: { ...made.basis, targets: values, directionless: new Set([5]) } }).map(
        (row) => row.toSpliced(5, 1),
      );
    for (const name of ['reverse-ridge', 'whitened-ridge', 'eszsl'])
      expect(ofClass(targets, name)).toEqual(ofClass(other, name));
  });
});
