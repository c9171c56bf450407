/** Computes a map of rows in two dimensions. Pure: the same task gives the same bits. */
import { type Neighbours, nearestRows, type Progress } from './neighbours.js';
import { fitPca, projectPca } from './pca.js';
import { UMAP_NEIGHBOURS, umapLayout } from './umap.js';

export const LAYOUT_METHODS = ['pca', 'umap'] as const;
export type LayoutMethod = (typeof LAYOUT_METHODS)[number];

/** Raised when a method's result changes, so that cached maps of earlier versions are not used. */
export const LAYOUT_VERSION = 1;

export interface LayoutTask {
  readonly method: LayoutMethod;
  /** [count, dimension] */
  readonly rows: Float32Array;
  readonly dimension: number;
  /**
   * The map is fitted to this many first rows. The others are placed on it without changing it, so that the states of a
   * network at several epochs can be compared on one map.
   */
  readonly fitted: number;
  /** Chooses UMAP's random numbers; PCA has none. */
  readonly seed: number;
}

export interface Layout {
  /** float32 [count, 2] */
  readonly places: Float32Array;
  /** Share of the fitted rows' variance along the two axes; null for UMAP. */
  readonly explained: readonly [number, number] | null;
}

/** PCA projects further rows on its axes; UMAP puts them at the mean of their nearest fitted rows ({@link placeAmong}). */
export function computeLayout(task: LayoutTask, onProgress?: Progress): Layout {
  const { method, rows, dimension, fitted, seed } = task;
  const own = rows.subarray(0, fitted * dimension);
  const axes = fitPca(own, dimension);
  if (method === 'pca') return { places: projectPca(rows, axes), explained: axes.explained };
  const others = rows.subarray(fitted * dimension);
  // Neighbours take about half of the time.
  const half = (offset: number) => (done: number) => onProgress?.((offset + done) / 2);
  const neighbours = nearestRows(own, null, dimension, UMAP_NEIGHBOURS, half(0));
  const places = umapLayout(neighbours, projectPca(own, axes), seed, half(1));
  const among = nearestRows(own, others, dimension, UMAP_NEIGHBOURS);
  const all = new Float32Array((rows.length / dimension) * 2);
  all.set(places);
  all.set(placeAmong(among, places), places.length);
  return { places: all, explained: null };
}

/** The nearer a row, the more it weighs: by 1 / (distance + this share of the mean distance). */
const SOFTENING = 1e-3;

/**
 * Places rows at the weighted mean of their nearest neighbours' places: the first step of UMAP's own transform.
 * @returns float32 [n, 2]
 */
export function placeAmong({ k, rows, distances }: Neighbours, places: Float32Array): Float32Array {
  const n = rows.length / Math.max(1, k);
  const out = new Float32Array(n * 2);
  for (let i = 0; i < n; i++) {
    let [mean, total, x, y] = [0, 0, 0, 0];
    for (let at = i * k; at < (i + 1) * k; at++) mean += distances[at] / k;
    for (let at = i * k; at < (i + 1) * k; at++) {
      const weight = mean > 0 ? 1 / (distances[at] + SOFTENING * mean) : 1;
      total += weight;
      x += weight * places[rows[at] * 2];
      y += weight * places[rows[at] * 2 + 1];
    }
    out[i * 2] = x / total;
    out[i * 2 + 1] = y / total;
  }
  return out;
}
