/** The loss of a step: which operations, and what they read. */

import type { Network } from '../nn/index.js';
import { LexelError } from '../util/errors.js';
import type { Buffer } from './buffers.js';
import { LOSS_PARTS, type LossParts } from './constants.js';
import type { ProgramBuilder } from './program.js';
import type { TrainingRegions } from './regions.js';
import type { LossLabels, TrainingOptions } from './types.js';
import type { ParameterRef } from './values.js';

/** What a loss compares an image's outputs with. */
export interface LossShape {
  /** Outputs, the first ones, that are compared with a vector; 0: none. */
  readonly vectorOutputs: number;
  /** The labels of a loss over labels; null for one against target vectors alone. */
  readonly labels: LossLabels | null;
  /** Values that an image's targets have. */
  readonly targets: number;
}

/** @throws LexelError when labels or heads are missing, or do not fit the network's outputs */
export function lossShape(network: Network, training: TrainingOptions): LossShape {
  const { loss, heads } = training;
  const { outputs } = network;
  const parts: LossParts = LOSS_PARTS[loss];
  if (!parts.labels) return { vectorOutputs: outputs, labels: null, targets: outputs };
  const labels = lossLabels(outputs, training);
  if (!parts.vectors) return { vectorOutputs: 0, labels, targets: labels.count };
  const first = heads?.vectorOutputs ?? 0;
  if (!(first > 0 && first < outputs)) {
    throw new LexelError(`loss ${loss}: ${first} of ${outputs} outputs for a vector leave none for one head`);
  }
  return { vectorOutputs: first, labels, targets: first + labels.count };
}

function lossLabels(outputs: number, { loss, labels }: TrainingOptions): LossLabels {
  if (!labels) throw new LexelError(`loss ${loss}: it chooses among labels, and none were given`);
  const { count, vectors } = labels;
  if (count < 1 || vectors.length !== count * outputs) {
    throw new LexelError(
      `loss ${loss}: ${vectors.length} values are not ${count} labels of ${outputs} outputs`,
    );
  }
  return labels;
}

/** Emits the loss of `output` with its gradient; `logScale` is the learned one, where the loss has it. */
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
    // After the other, which leaves a zero gradient at these outputs.
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
