/** One epoch of training: order, augmentation, targets, steps. */

import { makeAugment } from '../data/augment.js';
import { AUGMENT, AUGMENT_FIELDS } from '../data/augment-record.js';
import { epochOrder, gather } from '../data/order.js';
import type { Trainer } from '../engine/types.js';
import { breathe } from '../util/breathe.js';
import { LexelError } from '../util/errors.js';
import { deriveKey } from '../util/random.js';
import type { EpochEvent } from './events.js';
import type { LossTarget, TargetRows } from './loss-target.js';
import type { FoldTraining } from './options.js';
import { learningRateAt } from './schedule.js';

type EpochRun = Pick<EpochEvent, 'trainLoss' | 'learningRate' | 'seconds' | 'images'>;

/** Returns a function that trains one epoch (counted from 1) and returns null if it was stopped. */
export function makeEpochRunner(
  options: FoldTraining,
  trainer: Trainer,
  indices: Int32Array,
  lossTarget: LossTarget,
  stepsPerEpoch: number,
): (epoch: number) => Promise<EpochRun | null> {
  const { dataset, fold, config, seed } = options;
  const { batch } = config;
  const { train } = dataset;
  const pixels = new Uint8Array(batch * train.size * train.size * 3);
  const augment = new Int32Array(batch * AUGMENT_FIELDS);
  const { parts } = lossTarget;
  const targets = new Float32Array(batch * parts.reduce((sum, { width }) => sum + width, 0));
  const labels = new Uint16Array(batch);
  const drawAugment = makeAugment(config.augment, train.size);
  const schedule = {
    peak: config.learningRate,
    warmupSteps: Math.round(config.warmup * stepsPerEpoch),
    totalSteps: stepsPerEpoch * config.epochs,
  };

  return async (epoch) => {
    const key = deriveKey(seed, 'order', fold.id, epoch);
    const order = epochOrder(indices, train.labels, { balanced: config.balanced, key });
    let lossSum = 0;
    let learningRate = 0;
    const now = () => performance.now() - (options.pausedMilliseconds?.() ?? 0);
    const began = now();
    for (let step = 0; step < stepsPerEpoch; step++) {
      await breathe(); // lets the event loop handle signals and messages between steps
      if (options.stop?.()) return null;
      const at = step * batch;
      gather(train, order, at, batch, pixels);
      const shares = drawAugment(augment, batch, deriveKey(seed, 'augment', fold.id, epoch, step));
      for (let i = 0; i < batch; i++) labels[i] = train.labels[order[at + i]];
      let start = 0;
      for (const part of parts) {
        fillTargets(targets.subarray(start), part, labels, augment, shares);
        start += batch * part.width;
      }
      const done = (epoch - 1) * stepsPerEpoch + step;
      learningRate = learningRateAt(done, schedule);
      const dropoutKey = deriveKey(seed, 'dropout', fold.id, epoch, step);
      const loss = await trainer.step({ pixels, augment, targets, learningRate, dropoutKey });
      if (!Number.isFinite(loss)) throw diverged(fold.id, epoch, step);
      lossSum += loss;
      options.onStep?.(done + 1);
    }
    const seconds = Math.max(0, now() - began) / 1000;
    return { trainLoss: lossSum / stepsPerEpoch, learningRate, seconds, images: stepsPerEpoch * batch };
  };
}

/**
 * Writes the target rows of each image's class; with CutMix, the two classes' rows weighted by their image
 * areas.
 */
function fillTargets(
  out: Float32Array,
  { rows, width }: TargetRows,
  labels: ArrayLike<number>,
  augment: Int32Array,
  shares: Float32Array,
): void {
  for (let i = 0; i < labels.length; i++) {
    const own = labels[i] * width;
    const row = i * width;
    const share = shares[i];
    const other = share < 1 ? labels[augment[i * AUGMENT_FIELDS + AUGMENT.partner]] * width : own;
    for (let j = 0; j < width; j++) {
      out[row + j] = share * rows[own + j] + (1 - share) * rows[other + j];
    }
  }
}

/** The error for a loss or an output that is no longer finite. */
export function diverged(fold: string, epoch: number, step?: number): LexelError {
  const place = step === undefined ? `after epoch ${epoch}` : `at epoch ${epoch}, step ${step + 1}`;
  return new LexelError(
    `fold ${fold}: the loss is no longer a number ${place}: training diverged`,
    'train with a lower --lr, or with gradient clipping (--clip 1)',
    { code: 'LEXEL_DIVERGED' },
  );
}
