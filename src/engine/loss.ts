/** Chooses and emits the operations of a training step's loss. */

import type { Network } from '../nn/types.js';
import { LexelError } from '../util/errors.js';
import type { Buffer } from './buffers.js';
import { LOSS_PARTS, type LossParts } from './constants.js';
import type { ProgramBuilder } from './program.js';
import type { TrainingRegions } from './regions.js';
import type { LossLabels, TrainingOptions } from './types.js';
import type { ParameterRef } from './values.js';

/** The shapes of a loss's inputs. */
export interface LossShape {
  /**
   * Number of outputs, from the first, that are compared with a target vector; 0 if the loss has no vector
   * part.
   */
  readonly vectorOutputs: number;
  /** The labels of a loss over labels; null if the loss compares with target vectors only. */
  readonly labels: LossLabels | null;
  /** Number of target values per image. */
  readonly targets: number;
}

/** @throws LexelError if labels or heads are missing or do not fit the network's outputs */
export function lossShape(network: Network, training: TrainingOptions): LossShape {
  const { loss, heads } = training;
  const { outputs } = network;
  const parts: LossParts = LOSS_PARTS[loss];
  if (!parts.labels) return { vectorOutputs: outputs, labels: null, targets: outputs };
  const labels = lossLabels(outputs, training);
  if (!parts.vectors) return { vectorOutputs: 0, labels, targets: labels.count };
  const first = heads?.vectorOutputs ?? 0;
  if (!(first > 0 && first < outputs)) {
    throw new LexelError(
      `loss ${loss}: vectorOutputs is ${first}, but must be at least 1 and less than the network's ${outputs} outputs`,
    );
  }
  return { vectorOutputs: first, labels, targets: first + labels.count };
}

function lossLabels(outputs: number, { loss, labels }: TrainingOptions): LossLabels {
  if (!labels) throw new LexelError(`loss ${loss}: this loss needs labels, and there are none`);
  const { count, vectors } = labels;
  if (count < 1 || vectors.length !== count * outputs) {
    throw new LexelError(`loss ${loss}: the labels need ${count} x ${outputs} values, got ${vectors.length}`);
  }
  return labels;
}

/** Emits the loss of `output` and its gradient. `logScale` is the learned scale, if the loss has one. */
export function emitLoss(
  builder: ProgramBuilder,
  { loss, margin, heads }: TrainingOptions,
  { vectorOutputs, labels }: LossShape,
  regions: TrainingRegions,
  batch: number,
  outputs: number,
  output: Buffer,
  gradient: Buffer,
  logScale: ParameterRef | undefined,
): void {
  const parts: LossParts = LOSS_PARTS[loss];
  const { targets } = regions;
  const common = { images: batch, output, gradient, loss: regions.loss };
  if (parts.labels) {
    const { count } = labels!;
    const work = (name: string, floats: number) => builder.temporary(`loss.${name}`, floats);
    builder.emit('labelLoss', 'loss', {
      ...common,
      dimension: outputs,
      labels: count,
      kind: parts.labels,
      weight: heads?.labelWeight ?? 1,
      margin: margin ?? 0,
      vectors: regions.labels!,
      shares: targets.at(batch * vectorOutputs, batch * count),
      logScale: logScale?.weight ?? null,
      logScaleGradient: logScale?.gradient ?? null,
      scores: work('scores', batch * count),
      losses: work('losses', batch),
      scaleParts: work('scale-parts', batch),
    });
  }
  if (parts.vectors) {
    // Runs after the loss over labels, which writes zero gradients at these outputs.
    builder.emit('loss', 'loss', {
      ...common,
      dimension: vectorOutputs,
      width: outputs,
      kind: parts.vectors,
      targets: targets.at(0, batch * vectorOutputs),
      before: parts.labels ? regions.loss : null,
    });
  }
}
