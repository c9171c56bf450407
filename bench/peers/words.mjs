// Word stores. `node bench/peers/words.mjs make FILE COUNT DIMENSION` writes random vectors. `... open FILE`
// loads them like every command, and searches. These are two processes, so that the reader starts without the
// writer's memory.
import { readWords, writeStore } from '../../dist/words/index.js';
import { say } from './serve.mjs';

const [action, file, count, dimension] = process.argv.slice(2);
const SEARCHES = 9;

if (action === 'make') {
  const rows = Number(count);
  const matrix = new Float32Array(rows * Number(dimension));
  // A linear congruential generator (Numerical Recipes' constants): fast, and random enough for this purpose.
  let state = 1;
  for (let i = 0; i < matrix.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    matrix[i] = state / 2 ** 31;
  }
  const words = Array.from({ length: rows }, (_, i) => `word${i}`);
  writeStore(file, { words, dimension: Number(dimension), matrix, source: 'random' });
  say({ made: rows });
} else {
  const start = performance.now();
  const words = await readWords(file);
  const load = performance.now() - start;
  const searches = [];
  for (let i = 0; i < SEARCHES; i++) {
    const row = Math.floor(Math.random() * words.count);
    const query = words.matrix.slice(row * words.dimension, (row + 1) * words.dimension);
    const began = performance.now();
    const found = words.nearest(query, 10);
    searches.push(performance.now() - began);
    if (found[0].index !== row) throw new Error('nearest did not find the word itself');
  }
  say({ load_ms: load, first_ms: searches[0], nearest_ms: searches.slice(1) });
}
