// What the measures of the studio share: made-up rows and times.

/** Uniform numbers from 0 to 1, always the same. */
function numbers(seed = 1) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Unit rows around 100 centres. */
export function rowsAroundCentres(count, dimension) {
  const next = numbers();
  const centres = Array.from({ length: 100 * dimension }, () => next() - 0.5);
  const rows = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) {
    let square = 0;
    for (let j = 0; j < dimension; j++) {
      const value = centres[(i % 100) * dimension + j] + 0.6 * (next() + next() + next() - 1.5);
      rows[i * dimension + j] = value;
      square += value * value;
    }
    for (let j = 0; j < dimension; j++) rows[i * dimension + j] /= Math.sqrt(square);
  }
  return rows;
}

/** Wall and processor time of a call, in seconds. @param {() => Promise<unknown>} run */
export async function secondsOf(run) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await run();
  const used = process.cpuUsage(cpu);
  return { wall: (performance.now() - wall) / 1000, cpu: (used.user + used.system) / 1e6 };
}
