/** The engine's public types. */

import type { Backend } from './backend.js';
import type { BackendChoice } from './backend-names.js';
import type { LossKind } from './constants.js';
import type { OptimizerOptions } from './optimizers.js';

/** The label set of a loss over labels. */
export interface LossLabels {
  readonly count: number;
  /** float32 [count, outputs]; rows have unit length where the loss takes cosines. */
  readonly vectors: Float32Array;
}

/** The two heads of loss `joint`. */
export interface JointHeads {
  /** The first `vectorOutputs` outputs predict a vector; the label vectors are zero there. */
  readonly vectorOutputs: number;
  /** Factor of the loss over labels in the sum of both losses. */
  readonly labelWeight: number;
}

/** Name of the learned logarithm of the cosine scale among the weights of a `cosine-softmax` trainer. */
export const LOG_SCALE = 'loss.log_scale';
/**
 * Its initial value: log(1 / 0.07) (Radford et al., "Learning transferable visual models", 2021, section
 * 2.5).
 */
export const INITIAL_LOG_SCALE = Math.log(1 / 0.07);

/** Options that are fixed when the plan is compiled. {@link StepInput} has what changes from step to step. */
export type TrainingOptions = CommonTrainingOptions & OptimizerOptions;

interface CommonTrainingOptions {
  /**
   * Losses against a target vector: squared error (mean over dimensions), or 1 - cosine. Losses over a set of
   * labels: softmax cross-entropy of dot products with the label vectors, the same of cosines times a learned
   * scale, or a hinge on cosines (kernels/labels.h). `joint`: squared error of the first outputs plus
   * weighted cross-entropy of the others. Every loss is averaged over images.
   */
  readonly loss: LossKind;
  /** Required by losses over labels, ignored by the others. */
  readonly labels?: LossLabels;
  /** Only for `joint`. */
  readonly heads?: JointHeads;
  /** Only for `ranking`: the margin by which the true label's cosine should exceed every other one. */
  readonly margin?: number;
  /** `last` trains the last linear layer only; batch norm still updates its running statistics. */
  readonly trainable?: 'all' | 'last';
  /**
   * Decoupled (multiplied by the learning rate) for adamw, L2 in the gradient for sgd. Applies to weights,
   * not to biases or batch norm.
   */
  readonly weightDecay: number;
  /** Limit of the global gradient norm; 0 turns clipping off. */
  readonly clip: number;
  /**
   * Decay per step of the exponential moving averages of weights and running statistics; 0 keeps no averages.
   */
  readonly ema: number;
}

export interface StepInput {
  /** uint8 [batch, size, size, 3]. */
  readonly pixels: Uint8Array;
  /**
   * int32 [batch, AUGMENT_FIELDS]: one record per image (data/augment-record.ts); all zeros leaves the image
   * unchanged.
   */
  readonly augment: Int32Array;
  /**
   * float32 [batch, outputs]. For losses over labels [batch, labels]: the share of each label in each image.
   * For `joint` both: [batch, vectorOutputs], then [batch, labels].
   */
  readonly targets: Float32Array;
  readonly learningRate: number;
  /** Key of the random numbers for dropout in this step. */
  readonly dropoutKey: readonly [number, number];
}

/** Parameters and buffers by name, e.g. "stem.conv.weight"; optimizer state under "optimizer.". */
export type StateDict = Map<string, { shape: number[]; data: Float32Array }>;

/**
 * A compiled training step with its memory. It must not be shared between threads. Calls are queued, but
 * `step` throws if an earlier call has not finished. Arguments must not change before the promise settles.
 */
export interface Trainer {
  readonly batch: number;
  /** Runs forward, backward and update; returns the batch's loss before the update. */
  step(input: StepInput): Promise<number>;
  /**
   * Weights and running statistics. `ema` returns their moving averages instead, once there was a step.
   * `shared` may return the trainer's own memory instead of copies: do not write to it, and do not use it
   * after the next step, load or dispose.
   */
  weights(options?: { ema?: boolean; shared?: boolean }): Promise<StateDict>;
  /**
   * Everything needed to continue training: weights, running statistics, optimizer state, averages, step
   * count.
   */
  state(options?: { shared?: boolean }): Promise<StateDict>;
  /** @throws LexelError if a name is missing or a shape differs. */
  load(state: StateDict): Promise<void>;
  /** Frees the memory; the trainer cannot be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * A compiled forward pass in evaluation mode. Calls are queued. Arguments must not change before the promise
 * settles.
 */
export interface Predictor {
  readonly batch: number;
  load(weights: StateDict): Promise<void>;
  /** uint8 [count, size, size, 3] to float32 [count, outputs], for any count. */
  predict(pixels: Uint8Array): Promise<Float32Array>;
  /** Frees the memory; the predictor cannot be used afterwards. */
  dispose(): Promise<void>;
}

/** The settings of a plan's machine, apart from its backend. */
export interface MachineSettings {
  /**
   * Threads inside one step, if the backend supports them. The result is bit-identical for any number.
   * Default 1.
   */
  readonly threads?: number;
  /** Per-channel normalisation, in units of pixel/255. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface EngineOptions extends MachineSettings {
  /** A backend's name, or a backend object. Default `auto`. */
  readonly backend?: BackendChoice | Backend;
}

/** {@link EngineOptions} with a backend that is open. */
export interface OpenEngine extends MachineSettings {
  readonly backend: Backend;
}
