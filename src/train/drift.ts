/**
 * Comparison of engines. Two computations give the same bits only if backend, instruction set and build of the
 * kernels are equal.
 */

import type { EngineInfo } from '../engine/backend.js';
import { LexelError } from '../util/errors.js';
import type { BeganOn, EngineId } from './schema.js';

/**
 * The engine differs from the one that began a record, so results would differ in their last bits. Callers may
 * allow it.
 */
export class DriftError extends LexelError {
  override name = 'DriftError';
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, hint, { ...options, code: 'LEXEL_DRIFT' });
  }
}

/** The part of {@link EngineInfo} that is stored in records. */
export function engineId({ backend, isa, build }: EngineInfo<string>): EngineId {
  return { backend, isa, build };
}

/**
 * Describes how this engine differs from the one that began a record; null if both give the same bits.
 * @returns text that continues "was begun on", such as "native (avx2), and this is native (avx512)"
 */
export function drift(before: BeganOn, here: EngineId): string | null {
  if (before.backend !== here.backend || before.isa !== here.isa) {
    return `${before.backend} (${before.isa}), and this is ${here.backend} (${here.isa})`;
  }
  if (before.build === here.build) return null;
  const built = before.build === undefined ? 'an unrecorded build' : `build ${before.build}`;
  return `${built} of the ${before.backend} kernels (${before.isa}), and this is build ${here.build}`;
}
