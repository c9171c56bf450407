/**
 * Validation: the loss and hits of images of seen classes that are not trained on, and the epoch at which the loss was
 * lowest.
 */

import { LOG_SCALE, type Predictor, type StateDict } from '../engine/types.js';
import type { BestEpoch } from './checkpoint.js';
import { evaluateClasses } from './evaluate.js';
import type { ValidationMetrics } from './events.js';
import { meanLoss } from './mean-loss.js';
import type { FoldTraining } from './options.js';
import { predictImages } from './predict.js';
import type { PreparedFold } from './prepare.js';
import { seenClasses } from './recipe.js';

/** Measures the weights that are loaded into the predictor; null without validation. */
export function makeValidation(
  { dataset, network, fold, config }: FoldTraining,
  { images: { validation }, space, lossTarget }: Pick<PreparedFold, 'images' | 'space' | 'lossTarget'>,
): ((predictor: Predictor, weights: StateDict, onNaN: () => Error) => Promise<ValidationMetrics>) | null {
  if (!validation) return null;
  const { train, classes } = dataset;
  const { indices } = validation;
  const labels = Int32Array.from(indices, (index) => train.labels[index]);
  const seen = seenClasses(classes.length, fold.heldOut);
  return async (predictor, weights, onNaN) => {
    const outputs = await predictImages(predictor, train, indices, network.outputs);
    const { average } = evaluateClasses(space.answers(outputs), labels, space, seen, onNaN);
    const loss = meanLoss(outputs, labels, config, lossTarget, weights.get(LOG_SCALE)?.data[0] ?? 0);
    if (!Number.isFinite(loss)) throw onNaN();
    return { loss, hit1: average.hit1, hit5: average.hit5 };
  };
}

/** The better of the best epoch so far and a later one; of equal ones the earlier. */
export function betterEpoch(best: BestEpoch | undefined, epoch: number, loss: number): BestEpoch {
  return best && best.loss <= loss ? best : { epoch, loss };
}

/** Whether training stops after `epoch`. */
export function patienceEnds(
  best: BestEpoch | undefined,
  epoch: number,
  patience: number | undefined,
): boolean {
  return best !== undefined && patience !== undefined && epoch - best.epoch >= patience;
}
