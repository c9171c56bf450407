/**
 * UMAP (McInnes, Healy, Melville 2018): a layout in which rows that are neighbours in all dimensions lie close together. Starts
 * from principal components, so that the large structure does not depend on the seed. This is our own loop because it is
 * faster than umap-js, which starts at random (bench/RESULTS.md, "Studio").
 */
import { deriveKey, Random } from '../util/random.js';
import { fuzzyGraph } from './fuzzy-graph.js';
import type { Neighbours, Progress } from './neighbours.js';
import { powerTable } from './power-table.js';

/** Neighbours of each row. */
export const UMAP_NEIGHBOURS = 15;

/** The curve 1 / (1 + a d^2b) for a least distance of 0.1 and a spread of 1, as umap-learn fits it. */
const A = 1.5769434603113077;
const B = 0.8950608779109733;
const toB = powerTable(B);
/** Rows that are pushed away for each one that is pulled closer. */
const REPELLED = 5;
/** Largest step of a coordinate, before the learning rate. */
const LARGEST_STEP = 4;
/** The start fits into ±10, with a little noise that separates equal rows. */
const START_RADIUS = 10;
const START_NOISE = 1e-4;

/** The usual 200 epochs for large maps, up to 500 for small ones, where they cost little. */
const epochsFor = (count: number) => Math.round(Math.min(500, Math.max(200, 2e6 / count)));

/**
 * @param neighbours of each row among the others
 * @param start [n, 2]: principal components
 * @returns float32 [n, 2]; the same bits for the same arguments
 */
export function umapLayout(
  neighbours: Neighbours,
  start: Float32Array,
  seed: number,
  onProgress?: Progress,
): Float32Array {
  const places = startPlaces(start, seed);
  const count = places.length / 2;
  if (neighbours.k === 0) return Float32Array.from(places);
  const epochs = epochsFor(count);
  const { from, to, weights } = fuzzyGraph(neighbours);
  const heaviest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  // An edge is sampled every `period` epochs; `due` is the next one.
  const period = weights.map((weight) => heaviest / weight);
  const due = period.slice();
  const draw = rapidIntegers(seed);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const rate = 1 - (epoch - 1) / epochs;
    for (let e = 0; e < from.length; e++) {
      if (due[e] > epoch) continue;
      due[e] += period[e];
      const i = from[e] * 2;
      attract(places, i, to[e] * 2, rate);
      for (let r = 0; r < REPELLED; r++) {
        const j = Math.floor((draw() / 2 ** 32) * count) * 2;
        if (j !== i) repel(places, i, j, rate);
      }
    }
    onProgress?.(epoch / epochs);
  }
  return Float32Array.from(places);
}

function attract(places: Float64Array, i: number, j: number, rate: number): void {
  const dx = places[i] - places[j];
  const dy = places[i + 1] - places[j + 1];
  const square = dx * dx + dy * dy;
  if (square === 0) return;
  const power = toB(square);
  const pull = (-2 * A * B * power) / (square * (A * power + 1));
  const x = step(pull * dx) * rate;
  const y = step(pull * dy) * rate;
  places[i] += x;
  places[i + 1] += y;
  places[j] -= x;
  places[j + 1] -= y;
}

function repel(places: Float64Array, i: number, j: number, rate: number): void {
  const dx = places[i] - places[j];
  const dy = places[i + 1] - places[j + 1];
  const square = dx * dx + dy * dy;
  if (square === 0) return;
  const push = (2 * B) / ((0.001 + square) * (A * toB(square) + 1));
  places[i] += step(push * dx) * rate;
  places[i + 1] += step(push * dy) * rate;
}

const step = (value: number) => Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, value));

function startPlaces(start: Float32Array, seed: number): Float64Array {
  const random = new Random(deriveKey(seed, 'umap start'));
  const largest = start.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = largest > 0 ? START_RADIUS / largest : 1;
  return Float64Array.from(start, (value) => value * scale + START_NOISE * random.normal());
}

/**
 * Random 32-bit integers, xoshiro128++ (Blackman and Vigna 2019). There are tens of millions of draws, for which the
 * counter-based generator of util/random.ts takes ten times as long; they are made in one order, so no counter is needed.
 */
function rapidIntegers(seed: number): () => number {
  const random = new Random(deriveKey(seed, 'umap repelled'));
  let [a, b, c, d] = Array.from({ length: 4 }, () => random.uint32() | 0);
  const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by));
  return () => {
    const result = (rotate((a + d) | 0, 7) + a) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}
