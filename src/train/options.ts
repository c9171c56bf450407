/** Options of a training run. */

import type { Dataset } from '../data/types.js';
import type { BackendChoice } from '../engine/backend-names.js';
import type { Network } from '../nn/types.js';
import type { TrainConfig } from './config.js';
import type { ControlName } from './control.js';
import type { FoldEvent } from './events.js';
import type { RecipeName } from './recipe.js';

/** The classes that a run holds out. */
export interface Fold {
  /**
   * Names the fold's files and keys its random numbers. A held-out group has the same id whichever other folds are
   * selected.
   */
  readonly id: string;
  /** Indices of the classes excluded from training; empty to train on all classes. */
  readonly heldOut: readonly number[];
}

/** Where the held-out test images are after an epoch. */
export interface HeldOutPoints {
  readonly epoch: number;
  /** float32 [images, dimension], in the recipe's space. */
  readonly points: Float32Array;
  /** Class index of each image, int32 [images]. */
  readonly labels: Int32Array;
  /** Targets of all classes in the same space, float32 [classes, dimension]. */
  readonly targets: Float32Array;
  readonly dimension: number;
}

/** What is trained, and who is told. */
export interface FoldTraining {
  readonly dataset: Dataset;
  /** Raw word vectors in class order, float32 [classes, dimension]; those of the control, if it replaces them. */
  readonly vectors: Float32Array;
  readonly recipe: RecipeName;
  /** With `one-hot`, the network has one output per class. */
  readonly control?: ControlName;
  readonly network: Network;
  readonly fold: Fold;
  readonly config: TrainConfig;
  /**
   * The result of `trainingIndices` for this fold, if the caller has it; workers then skip the search for
   * duplicates.
   */
  readonly images?: { readonly indices: Int32Array; readonly droppedDuplicates: number };
  readonly seed: number;
  /** Threads per training step (native only); the result is bit-identical for any number. Default 1. */
  readonly threads?: number;
  /**
   * Called once per event, in order, except for 'end' (see the result). After a resume, epochs that the
   * checkpoint covers are not reported again.
   */
  readonly on?: (event: FoldEvent) => void;
  /**
   * Called after every evaluation, the first one of the untrained network or of a checkpoint, with the points of the held-out
   * test images in the recipe's space.
   */
  readonly onPoints?: (points: HeldOutPoints) => void;
  /** Called after every step with the number of steps done in this run, resumed ones included. */
  readonly onStep?: (done: number) => void;
  /** Called after the last epoch, with the number of images evaluated since. */
  readonly onEvaluated?: (images: number) => void;
  /** Total time that the process has been paused; it is excluded from the seconds of training. */
  readonly pausedMilliseconds?: () => number;
  /** Called before every step; true stops the run. The checkpoint of the last complete epoch stays. */
  readonly stop?: () => boolean;
}

export interface FoldOptions extends FoldTraining {
  readonly backend?: BackendChoice;
  /** Path without ending. A checkpoint is saved there after every epoch; if one exists, the run resumes from it. */
  readonly checkpoint?: string;
  /** Called with its epoch when a checkpoint is saved. */
  readonly onCheckpoint?: (epoch: number) => void;
  /** Allows a resume on another backend or instruction set; the result then differs in its last bits. */
  readonly allowDrift?: boolean;
}
