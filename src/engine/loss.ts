/** The loss of a step: which operation, and what it reads. */

import type { Network } from '../nn/index.js';
import { LexelError } from '../util/errors.js';
import type { Buffer } from './buffers.js';
import { CHOICES } from './constants.js';
import type { ProgramBuilder } from './program.js';
import type { TrainingRegions } from './regions.js';
import type { LabelLossKind, LossKind, LossLabels, TrainingOptions } from './types.js';
import type { ParameterRef } from './values.js';

const isLabelLoss = (loss: LossKind): loss is LabelLossKind =>
  (CHOICES.LabelLoss as readonly LossKind[]).includes(loss);

/**
 * The labels of a loss over labels; null for one against target vectors.
 * @throws LexelError when they are missing or do not fit the network's outputs
 */
export function lossLabels(network: Network, { loss, labels }: TrainingOptions): LossLabels | null {
  if (!isLabelLoss(loss)) return null;
  if (!labels) throw new LexelError(`loss ${loss}: it chooses among labels, and none were given`);
  const { count, vectors } = labels;
  if (count < 1 || vectors.length !== count * network.outputs) {
    throw new LexelError(
      `loss ${loss}: ${vectors.length} values are not ${count} labels of ${network.outputs} outputs`,
    );
  }
  return labels;
}

/** Emits the loss of `output` with its gradient; `logScale` is the learned one, where the loss has it. */
export function emitLoss(
  builder: ProgramBuilder,
  { loss, labels, margin }: TrainingOptions,
  regions: TrainingRegions,
  batch: number,
  outputs: number,
  output: Buffer,
  gradient: Buffer,
  logScale: ParameterRef | undefined,
): void {
  const common = { images: batch, dimension: outputs, output, gradient, loss: regions.loss };
  if (!isLabelLoss(loss)) {
    builder.emit('loss', 'loss', { ...common, kind: loss, targets: regions.targets });
    return;
  }
  const { count } = labels!;
  const work = (name: string, floats: number) => builder.temporary(`loss.${name}`, floats);
  builder.emit('labelLoss', 'loss', {
    ...common,
    labels: count,
    kind: loss,
    margin: margin ?? 0,
    vectors: regions.labels!,
    shares: regions.targets,
    logScale: logScale?.weight ?? null,
    logScaleGradient: logScale?.gradient ?? null,
    scores: work('scores', batch * count),
    losses: work('losses', batch),
    scaleParts: work('scale-parts', batch),
  });
}
