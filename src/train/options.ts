/** What a caller gives to a training run. */

import type { Dataset } from '../data/index.js';
import type { BackendChoice } from '../engine/index.js';
import type { Network } from '../nn/index.js';
import type { TrainConfig } from './config.js';
import type { ControlName } from './control.js';
import type { FoldEvent } from './events.js';
import type { RecipeName } from './recipe.js';

/** Which classes a run leaves out. */
export interface Fold {
  /** Names the fold's files and keys its random numbers: the same held-out group has the same id in every subset. */
  readonly id: string;
  /** Class indices that never enter training; empty trains on everything. */
  readonly heldOut: readonly number[];
}

export interface FoldOptions {
  readonly dataset: Dataset;
  /** Raw word vectors in class order, float32 [classes, dimension]; a control's own, where it has some. */
  readonly vectors: Float32Array;
  readonly recipe: RecipeName;
  /** The network answers in as many values as a vector has; for `one-hot`, as there are classes. */
  readonly control?: ControlName;
  readonly network: Network;
  readonly fold: Fold;
  readonly config: TrainConfig;
  /** What `trainingIndices` gives for this fold, if the caller has it: workers then need no search for duplicates. */
  readonly images?: { readonly indices: Int32Array; readonly droppedDuplicates: number };
  readonly seed: number;
  readonly backend?: BackendChoice;
  /** Threads inside a step (native only); the result is the same bits for any number. Default 1. */
  readonly threads?: number;
  /** Path without ending: a checkpoint is kept there after every epoch, and resumed from when it exists. */
  readonly checkpoint?: string;
  /** Resumes on another backend or instruction set; the bits will then differ from an uninterrupted run's. */
  readonly allowDrift?: boolean;
  /** Called once per event, in order, 'end' excepted (see the result). On a resume, epochs that the checkpoint holds are not told again. */
  readonly on?: (event: FoldEvent) => void;
  /** Called after every step with the number of steps done in this run, resumed ones included. */
  readonly onStep?: (done: number) => void;
  /** How long the process has stood still so far: that does not count as seconds of training. */
  readonly pausedMilliseconds?: () => number;
  /** Asked before every step; true stops the run, leaving the checkpoint of the last whole epoch. */
  readonly stop?: () => boolean;
}
