/** Zero-shot classification (answerer.ts), by the native kernel if it is built. */
import { dotRows } from '../words/dot-rows.js';
import { type RankedLabel, type ScoreOptions, Answerer as WithDots } from './answerer.js';
import type { NamedCandidates } from './candidates.js';

export interface ClassifyOptions extends ScoreOptions {
  /** Number of answers per image. Default 5. */
  readonly top?: number;
}

/** Candidates prepared for any number of outputs. */
export class Answerer extends WithDots {
  /** @throws LexelError if there are no candidates; UsageError for CSLS of distances */
  constructor(candidates: NamedCandidates, options?: ScoreOptions) {
    super(candidates, options, dotRows);
  }
}

/** {@link Answerer.answer} for a single call. */
export function classifyOutputs(
  outputs: Float32Array,
  candidates: NamedCandidates,
  options: ClassifyOptions = {},
): RankedLabel[][] {
  return new Answerer(candidates, options).answer(outputs, options.top);
}
