/** Readings by name: which ones a network supports, the errors for others, and sums. */

import { describe, expect, it } from 'vitest';
import {
  answeringReading,
  makeReading,
  OWN,
  type ReadingBasis,
  readingName,
} from '../../src/readings/index.js';
import { parseReading } from '../../src/readings/table.js';
import { conse } from '../../src/train/index.js';
import { CLASSES, DIMENSION, madeUp, SEEN } from './basis.js';
import { cosine, less, matrixOf } from './matrices.js';

const made = madeUp();
const { basis, outputs, features } = made;
const images = { outputs, features };
const oneHead: ReadingBasis = { ...basis, heads: { vector: DIMENSION, classes: 0 } };
const without: ReadingBasis = { ...oneHead, features: undefined };
const scores = (name: string, from = basis) => {
  const reading = makeReading(name, from);
  const centred = (values: Float32Array) => less(matrixOf(values, reading.dimension), [...reading.mean]);
  const words = centred(reading.place(from.targets));
  return centred(reading.points(images)).map((point) => words.map((word) => cosine(point, word)));
};

describe('the name of a reading', () => {
  it('is the same for every way to write it', () => {
    const name = (text?: string) => readingName(text, 'regression');
    expect(name()).toBe('regression');
    expect(name('own')).toBe('regression');
    expect(name(' conse + 2 * reverse-ridge')).toBe('conse+2*reverse-ridge');
    expect(name('1*conse+2.0*reverse-ridge')).toBe(makeReading('conse+2*reverse-ridge', basis).name);
    expect(name('3*conse')).toBe(makeReading('3*conse', basis).name);
    expect(() => name('consse')).toThrow('unknown reading "consse"');
  });
});

describe('a reading', () => {
  it('of the vector head consists of its outputs', () => {
    const reading = makeReading('regression', basis);
    const rows = matrixOf(outputs, DIMENSION + CLASSES).map((row) => row.slice(0, DIMENSION));
    expect(matrixOf(reading.points(images), DIMENSION)).toEqual(rows);
    expect(reading.place(basis.targets)).toBe(basis.targets);
    const unit = makeReading('regression', { ...basis, unit: true }).points(images);
    expect(Math.hypot(...unit.subarray(0, DIMENSION))).toBeCloseTo(1, 6);
  });

  it('of the class head weights the seen words by their probabilities', () => {
    const logits = matrixOf(outputs, DIMENSION + CLASSES).map((row) => row.slice(DIMENSION));
    const words = matrixOf(basis.targets, DIMENSION);
    const points = matrixOf(makeReading('conse', basis).points(images), DIMENSION);
    for (const [i, row] of logits.entries()) {
      const weights = SEEN.map((c) => Math.exp(row[c] / 2));
      const total = weights.reduce((a, b) => a + b);
      for (let j = 0; j < DIMENSION; j++) {
        const expected = SEEN.reduce((sum, c, k) => sum + (weights[k] / total) * words[c][j], 0);
        expect(points[i][j]).toBeCloseTo(expected, 5);
      }
    }
    const few = { seen: SEEN, vectors: basis.targets, dimension: DIMENSION };
    expect(makeReading('conse-top10', basis).points(images)).toEqual(
      conse(Float32Array.from(logits.flat()), few),
    );
  });

  it('may be a sum, whose cosines are the weighted means of its terms', () => {
    const [a, b] = [scores('conse'), scores('whitened-ridge')];
    const sum = scores('conse+3*whitened-ridge');
    for (const [i, row] of sum.entries())
      for (const [j, value] of row.entries()) expect(value).toBeCloseTo((a[i][j] + 3 * b[i][j]) / 4, 5);
    expect(makeReading(' conse + 3*whitened-ridge', basis)).toMatchObject({
      name: 'conse+3*whitened-ridge',
      dimension: DIMENSION + 7,
      needsFeatures: true,
    });
  });

  it("is by default the network's own", () => {
    expect(makeReading(undefined, basis).name).toBe('regression');
    expect(makeReading(OWN, { ...basis, heads: { vector: 0, classes: CLASSES } }).name).toBe('conse-top10');
    expect(answeringReading(basis)).toBe('conse+reverse-ridge');
    expect(answeringReading(oneHead)).toBe('whitened-ridge');
    expect(answeringReading(without)).toBe('regression');
  });

  it('has a note if a file of an earlier version has no covariance', () => {
    const { trainCovariance: _, ...old } = basis.features!;
    const from = { ...oneHead, features: old };
    expect(makeReading('reverse-ridge', from).note).toMatch(/deviation of their class means/);
    expect(makeReading('regression+reverse-ridge', from).note).toMatch(/deviation of their class means/);
    expect(makeReading('reverse-ridge', basis).note).toBeNull();
    expect(answeringReading(from)).toBe('regression');
  });

  it('is refused if the network does not support it', () => {
    expect(() => makeReading('conse', oneHead)).toThrow(
      'fold.outputs.safetensors: does not support the reading conse: this network has no class head',
    );
    expect(() => makeReading('regression+eszsl', without)).toThrow('wrote the file without features');
    const hint = (name: string, from: ReadingBasis) => {
      try {
        makeReading(name, from);
      } catch (error) {
        return (error as { hint?: string }).hint;
      }
      return undefined;
    };
    expect(hint('conse', oneHead)).toBe(
      'train with --recipe joint, or use the reading regression, reverse-ridge, whitened-ridge, eszsl',
    );
    expect(hint('regresion', basis)).toMatch(/^did you mean regression\?/);
  });

  it.each([
    ['consee', 'unknown reading "consee"'],
    ['conse+', 'unknown reading ""'],
    ['0*conse', '"0" is not a weight'],
    ['x*conse', '"x" is not a weight'],
    ['*conse', '"" is not a weight'],
    ['1*2*conse', 'unknown reading'],
  ])('"%s" is refused', (text, message) => {
    expect(() => parseReading(text)).toThrow(message);
  });
});
