/**
 * The arena regions of a training step. The lowering emits operations on them, and the trainer reads and
 * writes them.
 */

import type { Buffer } from './buffers.js';
import type { MomentName } from './optimizers.js';

export interface TrainingRegions {
  readonly gradients: Buffer;
  /** Optimizer state; null where the optimizer does not keep that array. */
  readonly moments: Readonly<Record<MomentName, Buffer | null>>;
  /** Moving averages of the weights and of the running statistics; null without `ema`. */
  readonly averages: { readonly weights: Buffer; readonly running: Buffer } | null;
  readonly targets: Buffer;
  /** The label vectors of a loss over labels. */
  readonly labels: Buffer | null;
  readonly loss: Buffer;
  /** The step's scalars, indexed by `DYNAMIC` (constants.ts). */
  readonly dynamic: Buffer;
}
