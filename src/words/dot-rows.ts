/**
 * Dot products of a vector with every row of a matrix, by the native kernel if it is built, otherwise in JavaScript.
 * They dominate the cost of word search, which is bound by memory bandwidth.
 */
import { chooseIsa, loadNative } from '../binding/native.js';
import { portableDots } from './portable-dots.js';

/**
 * Dot products of all rows with the query. Equal rows give equal results.
 *
 * @param matrix [rows, d], float32, or float16 as bit patterns
 * @param query float32 [d]
 * @returns float32 [rows]
 */
export function dotRows(matrix: Float32Array | Uint16Array, query: Float32Array): Float32Array {
  const { addon } = loadNative();
  if (!addon) return portableDots(matrix, query);
  const out = new Float32Array(matrix.length / query.length);
  addon.dots(chooseIsa(addon), matrix, query, out);
  return out;
}
