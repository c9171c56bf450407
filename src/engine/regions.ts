/** Where the parts of a training step lie in the arena, for those who emit operations and those who write into it. */

import type { MomentName } from './optimizers.js';
import type { Buffer } from './program.js';

export interface TrainingRegions {
  readonly gradients: Buffer;
  /** State of the optimizer; null: it keeps no such array. */
  readonly moments: Readonly<Record<MomentName, Buffer | null>>;
  readonly average: Buffer | null;
  readonly targets: Buffer;
  /** The vectors of a loss over labels. */
  readonly labels: Buffer | null;
  readonly loss: Buffer;
  /** Scalars of a step: learning rate, Adam corrections (2), average's rate, running rate, dropout key (2 words). */
  readonly dynamic: Buffer;
}
/** Places in {@link TrainingRegions.dynamic}. */
export const DYNAMIC = {
  learningRate: 0,
  correction1: 1,
  correction2: 2,
  averageRate: 3,
  runningRate: 4,
  dropoutKey: 5,
};
