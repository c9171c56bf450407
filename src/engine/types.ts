/** What the rest of Lexel sees of the engine. */

import type { Backend } from './backend.js';
import type { BackendChoice } from './backend-names.js';
import type { LossKind } from './constants.js';
import type { OptimizerOptions } from './optimizers.js';

/** The labels that a loss over labels chooses among. */
export interface LossLabels {
  readonly count: number;
  /** float32 [count, outputs]; of unit length where cosines are taken. */
  readonly vectors: Float32Array;
}

/** The two heads of loss `joint`. */
export interface JointHeads {
  /** So many outputs, the first, answer with a vector; the label vectors are zero there. */
  readonly vectorOutputs: number;
  /** By which the loss over labels is multiplied before it is added. */
  readonly labelWeight: number;
}

/** The learned scale of cosines, as a logarithm, among the weights of a 'cosine-softmax' trainer. */
export const LOG_SCALE = 'loss.log_scale';
/** Where it begins: 1 / 0.07 (Radford et al., "Learning transferable visual models", 2021, section 2.5). */
export const INITIAL_LOG_SCALE = Math.log(1 / 0.07);

/** Fixed when the plan is compiled. Rates that change from step to step are in {@link StepInput}. */
export type TrainingOptions = CommonTrainingOptions & OptimizerOptions;

interface CommonTrainingOptions {
  /**
   * Against a target vector: squared error (mean over dimensions) or 1 - cosine. Over a set of labels: cross-entropy of the
   * softmax of dot products with their vectors, or of cosines times a learned scale, or a hinge on cosines (kernels/labels.h).
   * `joint`: squared error of the first outputs, and the weighed cross-entropy of the others. All averaged over images.
   */
  readonly loss: LossKind;
  /** For losses over labels alone. */
  readonly labels?: LossLabels;
  /** Of 'joint'. */
  readonly heads?: JointHeads;
  /** Of 'ranking': by how much the true label's cosine has to exceed another's. */
  readonly margin?: number;
  /** 'last': all but the last linear layer stays as initialised; batch norm goes on following its statistics. */
  readonly trainable?: 'all' | 'last';
  /** Decoupled for adamw (multiplied by the learning rate), L2 in the gradient for sgd. Weights only: not biases, not batch norm. */
  readonly weightDecay: number;
  /** Global gradient-norm limit; 0 = off. */
  readonly clip: number;
  /** Decay per step of the exponential moving averages of weights and running statistics; 0 = off. */
  readonly ema: number;
}

export interface StepInput {
  /** uint8 [batch, size, size, 3]. */
  readonly pixels: Uint8Array;
  /** int32 [batch, AUGMENT_FIELDS]: a record for each image, as data/augment-record.ts lays it out; all zeros: as it is. */
  readonly augment: Int32Array;
  /**
   * float32 [batch, outputs]; for losses over labels [batch, labels]: how much of each image is which label. For 'joint' both,
   * [batch, vectorOutputs] before [batch, labels].
   */
  readonly targets: Float32Array;
  readonly learningRate: number;
  /** Key of this step's dropout draws. */
  readonly dropoutKey: readonly [number, number];
}

/** Parameters and buffers by name, e.g. "stem.conv.weight"; optimizer state under "optimizer.". */
export type StateDict = Map<string, { shape: number[]; data: Float32Array }>;

/**
 * A compiled training step with its memory. Not shared between threads. Calls wait for one another, but a step is refused
 * while another call is at work. What a call is given must not change before its promise settles.
 */
export interface Trainer {
  readonly batch: number;
  /** Runs forward, backward and update; returns the batch's loss before the update. */
  step(input: StepInput): Promise<number>;
  /**
   * Weights and running statistics (`ema`: the averages of both instead of the live ones, once there was a step): copies,
   * or `shared` arrays that may be the trainer's own memory: they are good until its next step, load or dispose and must
   * not be written.
   */
  weights(options?: { ema?: boolean; shared?: boolean }): Promise<StateDict>;
  /** Everything needed to go on: weights, running statistics, optimizer state, averages, step count. */
  state(options?: { shared?: boolean }): Promise<StateDict>;
  /** @throws LexelError when a name is missing or a shape differs. */
  load(state: StateDict): Promise<void>;
  /** Gives its memory back; no other call may follow. */
  dispose(): Promise<void>;
}

/**
 * A compiled forward pass in evaluation mode. Calls wait for one another. What a call is given must not change before its
 * promise settles.
 */
export interface Predictor {
  readonly batch: number;
  load(weights: StateDict): Promise<void>;
  /** uint8 [count, size, size, 3], any count -> float32 [count, outputs]. */
  predict(pixels: Uint8Array): Promise<Float32Array>;
  /** Gives its memory back; no other call may follow. */
  dispose(): Promise<void>;
}

export interface EngineOptions {
  /** By name, or one of your own. Default `auto`. */
  readonly backend?: BackendChoice | Backend;
  /** Threads inside one step, where the backend has them. Results are the same bits for any number. Default 1. */
  readonly threads?: number;
  /** Per-channel normalisation, in units of pixel/255. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}
