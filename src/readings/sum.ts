/** A weighted sum of readings, which is itself a reading. */

import type { Floats } from '../util/metrics.js';
import { unitRows } from '../util/unit-rows.js';
import type { Reading } from './reading.js';

/**
 * Concatenates the unit vectors of all readings, each multiplied by the square root of its weight. The cosine
 * of two such vectors is the weighted mean of the readings' cosines.
 */
export function sumOfReadings(
  name: string,
  parts: readonly { readonly weight: number; readonly reading: Reading }[],
): Reading {
  const dimension = parts.reduce((sum, { reading }) => sum + reading.dimension, 0);
  const joined = (rowsOf: (reading: Reading) => Float32Array) => {
    const each = parts.map(({ weight, reading }) => ({
      scale: Math.sqrt(weight),
      width: reading.dimension,
      rows: unitRows(rowsOf(reading), reading.mean),
    }));
    const out = new Float32Array((each[0].rows.length / each[0].width) * dimension);
    let from = 0;
    for (const { scale, width, rows } of each) {
      for (const [at, value] of rows.entries())
        out[Math.floor(at / width) * dimension + from + (at % width)] = scale * value;
      from += width;
    }
    return out;
  };
  const notes = parts.flatMap(({ reading }) => reading.note ?? []);
  return {
    name,
    dimension,
    mean: new Float64Array(dimension) satisfies Floats,
    needsFeatures: parts.some(({ reading }) => reading.needsFeatures),
    points: (images) => joined((reading) => reading.points(images)),
    place: (words) => joined((reading) => reading.place(words)),
    note: notes.length > 0 ? [...new Set(notes)].join(' ') : null,
  };
}
