/** Rows around a few centres, for tests of maps. */
import { deriveKey, Random } from '../../src/util/random.js';

/** Row i belongs to centre i modulo `centres`; float32 [count, dimension]. */
export function clusters(count: number, dimension: number, centres: number, noise = 0.2): Float32Array {
  const random = new Random(deriveKey(7, 'clusters'));
  const middle = Array.from({ length: centres * dimension }, () => random.normal());
  return Float32Array.from({ length: count * dimension }, (_, at) => {
    const [row, column] = [Math.floor(at / dimension), at % dimension];
    return middle[(row % centres) * dimension + column] + noise * random.normal();
  });
}
