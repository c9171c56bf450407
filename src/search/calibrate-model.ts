/** Adds the calibration of familiarity to a trained model, such as one of an earlier version. */

import { type Dataset, trainingIndices } from '../data/index.js';
import { type BackendChoice, engineInfo } from '../engine/index.js';
import { calibrateFamiliarity, type Model, seenLabels } from '../train/index.js';
import { classImages } from '../train/predict.js';
import { LexelError, UsageError } from '../util/errors.js';
import { usableCores } from '../util/machine.js';

const BATCH = 32;

/**
 * Calibrates a model with the images of its data set: the training images without the held-out classes, and the seen
 * classes' test images. A model that has a calibration gets a new one.
 *
 * @throws UsageError if the labels of the data set are not those of the model; LexelError if the model's file lacks the
 *   features, or the data set has too few test images
 */
export async function calibrateModel(
  model: Model,
  dataset: Dataset,
  options: { backend?: BackendChoice } = {},
): Promise<Model> {
  const { labels, heldOut, network, weights, mean, std, features } = model;
  if (labels.length !== dataset.classes.length || labels.some((label, c) => label !== dataset.classes[c])) {
    throw new UsageError(
      `the labels of ${dataset.name} are not those of the model`,
      'Give the data set that it was trained on.',
    );
  }
  if (!features?.trainCovariance)
    throw new LexelError(
      'the model has no covariance of its features, so it cannot be calibrated',
      'Train it again.',
    );
  const { indices } = trainingIndices(
    dataset,
    heldOut.map((label) => labels.indexOf(label)),
  );
  const { ids } = classImages(dataset.test, seenLabels(model));
  const { backend } = await engineInfo(options.backend);
  const threads = Math.min(4, usableCores());
  const familiarity = await calibrateFamiliarity(
    { network, batch: BATCH, engine: { backend, threads, mean, std }, weights },
    { ...features, trainCovariance: features.trainCovariance },
    { train: { set: dataset.train, ids: indices }, test: { set: dataset.test, ids } },
  );
  if (!familiarity)
    throw new LexelError(
      `familiarity cannot be calibrated with the ${ids.length} test images of ${dataset.name}`,
    );
  return { ...model, familiarity };
}
