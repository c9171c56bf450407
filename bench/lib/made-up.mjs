// A generated batch that is equal in all processes, so that contenders with the same computation have the
// same loss.

/** A linear congruential generator (Numerical Recipes' constants), in [0, 1). */
function* sequence(state) {
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Pixels as bytes [batch, size, size, 3], and targets in ±0.5 [batch, outputs]. */
export function madeUp({ size, outputs }, batch) {
  const numbers = sequence(1);
  const next = () => /** @type {number} */ (numbers.next().value);
  return {
    pixels: Uint8Array.from({ length: batch * size ** 2 * 3 }, () => next() * 256),
    targets: Float32Array.from({ length: batch * outputs }, () => next() - 0.5),
  };
}

/** Normalisation constants of the bench: (pixel / 255 - mean) / std, equal for all channels. */
export const MEAN = 0.5;
export const STD = 0.25;
export const normalised = (pixels) => Float32Array.from(pixels, (byte) => (byte / 255 - MEAN) / STD);
