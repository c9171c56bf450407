/**
 * The graph of UMAP (McInnes, Healy, Melville 2018, algorithms 2 and 3): how strongly each row is connected to its
 * neighbours, as weights between 0 and 1.
 */
import type { Neighbours } from './neighbours.js';

/** Edges in the order of their first rows, each in both directions. */
export interface FuzzyGraph {
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** In (0, 1]. */
  readonly weights: Float64Array;
}

/** Steps of the search for the width, and the precision at which it ends. */
const STEPS = 64;
const PRECISION = 1e-5;
/** The width is at least this share of the mean distance, so that equal rows do not make it zero. */
const LEAST_WIDTH = 1e-3;

/** Connects rows by a + b − ab, where a and b are the weights in the two directions. */
export function fuzzyGraph(neighbours: Neighbours): FuzzyGraph {
  const { k, rows } = neighbours;
  const count = rows.length / Math.max(1, k);
  const weights = memberships(neighbours);
  const joined = Array.from({ length: count }, () => new Map<number, number>());
  for (let i = 0; i < count; i++) {
    for (let at = i * k; at < (i + 1) * k; at++) {
      const j = rows[at];
      const there = weights[at];
      const back = joined[j].get(i) ?? 0;
      const weight = there + back - there * back;
      joined[i].set(j, weight);
      joined[j].set(i, weight);
    }
  }
  const edges = joined.reduce((sum, { size }) => sum + size, 0);
  const graph = {
    from: new Int32Array(edges),
    to: new Int32Array(edges),
    weights: new Float64Array(edges),
  };
  let at = 0;
  for (const [i, others] of joined.entries()) {
    for (const j of [...others.keys()].sort((a, b) => a - b)) {
      graph.from[at] = i;
      graph.to[at] = j;
      graph.weights[at++] = others.get(j)!;
    }
  }
  return graph;
}

/**
 * exp(−(distance − nearest) / width), where each row's width makes the sum of its weights log2(k).
 * @returns float64 [n, k]
 */
function memberships({ k, distances }: Neighbours): Float64Array {
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / Math.max(1, distances.length);
  const target = Math.log2(k + 1);
  const weights = new Float64Array(distances.length);
  for (let start = 0; start < distances.length; start += k) {
    const own = distances.subarray(start, start + k);
    const nearest = own.find((distance) => distance > 0) ?? 0;
    const width = Math.max(widthOf(own, nearest, target), LEAST_WIDTH * mean);
    for (let j = 0; j < k; j++) weights[start + j] = weightOf(own[j] - nearest, width);
  }
  return weights;
}

const weightOf = (beyond: number, width: number) => (beyond > 0 && width > 0 ? Math.exp(-beyond / width) : 1);

function widthOf(distances: Float32Array, nearest: number, target: number): number {
  let [low, high, width] = [0, Number.POSITIVE_INFINITY, 1];
  for (let step = 0; step < STEPS; step++) {
    let sum = 0;
    for (const distance of distances) sum += weightOf(distance - nearest, width);
    if (Math.abs(sum - target) < PRECISION) break;
    if (sum > target) high = width;
    else low = width;
    width = Number.isFinite(high) ? (low + high) / 2 : width * 2;
  }
  return width;
}
