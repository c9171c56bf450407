import { expect, test } from 'vitest';
import { fuzzyGraph } from '../../src/layout/fuzzy-graph.js';
import { computeLayout } from '../../src/layout/methods.js';
import { nearestRows } from '../../src/layout/neighbours.js';
import { powerTable } from '../../src/layout/power-table.js';
import { clusters } from './made.js';

const D = 10;
const task = { method: 'umap', dimension: D, seed: 3 } as const;

test('neighbours in all dimensions are neighbours on the map', () => {
  const rows = clusters(240, D, 6);
  const { places } = computeLayout({ ...task, rows, fitted: 240 });
  const near = nearestRows(places, null, 2, 10);
  let same = 0;
  for (const [at, row] of near.rows.entries()) if (row % 6 === Math.floor(at / 10) % 6) same++;
  expect(same / near.rows.length).toBeGreaterThan(0.97);
});

test('the same seed gives the same bits, another seed another map', () => {
  const rows = clusters(60, D, 4);
  const one = computeLayout({ ...task, rows, fitted: 60 }).places;
  expect(computeLayout({ ...task, rows, fitted: 60 }).places).toEqual(one);
  expect(computeLayout({ ...task, rows, fitted: 60, seed: 4 }).places).not.toEqual(one);
});

test('further rows do not move the fitted ones, and lie among their neighbours', () => {
  const rows = clusters(130, D, 4);
  const fitted = 100;
  const alone = computeLayout({ ...task, rows: rows.slice(0, fitted * D), fitted }).places;
  const { places } = computeLayout({ ...task, rows, fitted });
  expect(places.subarray(0, fitted * 2)).toEqual(alone);
  const near = nearestRows(alone, places.slice(fitted * 2), 2, 5);
  for (const [at, row] of near.rows.entries()) expect(row % 4).toBe((fitted + Math.floor(at / 5)) % 4);
});

test('a row equal to a fitted one is placed on it', () => {
  const rows = clusters(50, D, 4);
  rows.copyWithin(49 * D, 0, D);
  const { places } = computeLayout({ ...task, rows, fitted: 49 });
  const offset = Math.hypot(places[98] - places[0], places[99] - places[1]);
  const width = Math.max(...places) - Math.min(...places);
  expect(offset).toBeLessThan(0.05 * width);
});

test('the weights of a row sum to log2 of its neighbours and itself; edges go both ways', () => {
  const rows = clusters(90, D, 1, 1);
  const neighbours = nearestRows(rows, null, D, 15);
  const { from, to, weights } = fuzzyGraph(neighbours);
  const weight = new Map(Array.from(weights, (w, e) => [`${from[e]} ${to[e]}`, w]));
  expect(weight.size).toBe(weights.length);
  for (const [e, w] of weights.entries()) {
    expect(w).toBeGreaterThan(0);
    expect(w).toBeLessThanOrEqual(1);
    expect(weight.get(`${to[e]} ${from[e]}`)).toBe(w);
  }
  // The nearest neighbour of each row has the full weight.
  for (let i = 0; i < 90; i++) expect(weight.get(`${i} ${neighbours.rows[i * 15]}`)).toBeCloseTo(1, 12);
});

test.each([
  ['equal rows', new Float32Array(40 * D).fill(1)],
  ['one row', new Float32Array(D)],
  ['two rows', clusters(2, D, 2)],
])('%s have finite places', (_, rows) => {
  const { places } = computeLayout({ ...task, rows, fitted: rows.length / D });
  expect([...places].every(Number.isFinite)).toBe(true);
});

test('the table of powers', () => {
  const power = powerTable(0.895);
  for (let x = 2 ** -29; x < 2 ** 29; x *= 1.37)
    expect(Math.abs(power(x) / x ** 0.895 - 1)).toBeLessThan(2e-6);
  expect(power(0)).toBe(power(2 ** -30));
});
