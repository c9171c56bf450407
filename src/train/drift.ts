/** Whether two computations give the same bits: the backend, its instruction set, and the build of its kernels. */

import type { EngineInfo } from '../engine/index.js';
import { LexelError } from '../util/errors.js';
import type { BeganOn, EngineId } from './schema.js';

/** Another engine than the one that began a record: the bits would be others. The caller may accept that. */
export class DriftError extends LexelError {
  override name = 'DriftError';
}

/** The part of {@link EngineInfo} that records keep. */
export function engineId({ backend, isa, build }: EngineInfo): EngineId {
  return { backend, isa, build };
}

/**
 * How this engine differs from the one that began a record; null where both give the same bits.
 * @returns such as "native (avx2), and this is native (avx512)", to stand after "was begun on"
 */
export function drift(before: BeganOn, here: EngineId): string | null {
  if (before.backend !== here.backend || before.isa !== here.isa) {
    return `${before.backend} (${before.isa}), and this is ${here.backend} (${here.isa})`;
  }
  if (before.build === here.build) return null;
  const built = before.build === undefined ? 'an unrecorded build' : `build ${before.build}`;
  return `${built} of the ${before.backend} kernels (${before.isa}), and this is build ${here.build}`;
}
