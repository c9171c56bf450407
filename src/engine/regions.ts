/** Where the parts of a training step lie in the arena, for those who emit operations and those who write into it. */

import type { Buffer } from './buffers.js';
import type { MomentName } from './optimizers.js';

export interface TrainingRegions {
  readonly gradients: Buffer;
  /** State of the optimizer; null: it keeps no such array. */
  readonly moments: Readonly<Record<MomentName, Buffer | null>>;
  /** Moving averages of the weights and of the running statistics; null: none are kept. */
  readonly averages: { readonly weights: Buffer; readonly running: Buffer } | null;
  readonly targets: Buffer;
  /** The vectors of a loss over labels. */
  readonly labels: Buffer | null;
  readonly loss: Buffer;
  /** Scalars of a step, by the places of `DYNAMIC` (constants.ts). */
  readonly dynamic: Buffer;
}
