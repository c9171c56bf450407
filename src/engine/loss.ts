/** The loss of a step: which operation, and what it reads. */

import type { Network } from '../nn/index.js';
import { LexelError } from '../util/errors.js';
import type { Buffer, ProgramBuilder } from './program.js';
import type { TrainingRegions } from './regions.js';
import type { LabelLossKind, LossKind, LossLabels, TrainingOptions } from './types.js';
import type { ParameterRef } from './values.js';

/** Kinds of kernels/labels.h. */
const LABEL_LOSSES: Record<LabelLossKind, number> = { softmax: 0, 'cosine-softmax': 1, ranking: 2 };

const isLabelLoss = (loss: LossKind): loss is LabelLossKind => Object.hasOwn(LABEL_LOSSES, loss);

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
  if (!isLabelLoss(loss)) {
    const kind = loss === 'mse' ? 0 : 1;
    builder.emit('loss', 'loss', [kind, batch, outputs, output, regions.targets, gradient, regions.loss]);
    return;
  }
  const { count } = labels!;
  builder.emit('labelLoss', 'loss', [
    LABEL_LOSSES[loss],
    batch,
    outputs,
    count,
    { float: margin ?? 0 },
    output,
    regions.labels,
    regions.targets,
    logScale?.weight ?? null,
    gradient,
    logScale?.gradient ?? null,
    regions.loss,
    builder.temporary('loss.work', batch * (count + 2)),
  ]);
}
