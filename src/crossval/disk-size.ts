/** The size of a run directory, from the shapes of what its folds keep (docs/RUN-DIRECTORY.md). */

import type { Dataset } from '../data/index.js';
import { bufferSpecs, type Network, parameterSpecs, product } from '../nn/index.js';
import { calibrationValues, type Fold, featureNetwork } from '../train/index.js';
import { classImages } from '../train/predict.js';
import type { Experiment } from './experiment.js';

/** Bytes of a line of a fold's log per epoch, and in it per held-out class. */
const LINE = 350;
const LINE_CLASS = 160;
/** Bytes of the headers and the metadata of a fold's files. */
const HEADERS = 12_000;

type Sized = Pick<Experiment, 'dataset' | 'network' | 'config' | 'run'>;

/** Bytes of a finished fold: its log, outputs and model. */
export function foldBytes({ dataset, network, config, run }: Sized, { heldOut }: Fold): number {
  const held = heldOutImages(dataset, heldOut);
  const seen = dataset.test.count - held;
  const width = network.outputs;
  const features = featureNetwork(network).outputs;
  const classes = dataset.classes.length - heldOut.length;
  const d = run.words.dimension;
  const statistics = 4 * (classes * features + classes + features ** 2);
  const keepsSeen = config.keepOutputs === 'seen';
  const outputs =
    held * (8 + 8 + 4 * (3 * width + features)) +
    (keepsSeen ? seen * (8 + 8 + 2 * (width + features)) : 0) +
    classes * 4 * (1 + width);
  const familiarity = calibrationValues(network, seen);
  const model = 4 * (weightCount(network) + (dataset.classes.length + 1) * d + familiarity);
  const space = run.recipe === 'poster' ? 0 : 4 * (d + d ** 2);
  const log = (config.epochs + 1) * (LINE + LINE_CLASS * heldOut.length);
  return outputs + 2 * statistics + model + space + log + HEADERS;
}

/** Bytes of the two checkpoints of a fold that is being trained. */
export function checkpointBytes({ network, config, dataset }: Sized, { heldOut }: Fold): number {
  const weights = weightCount(network);
  const moments = config.optimizer === 'adamw' ? 2 : 1;
  const averages = config.ema > 0 ? 1 : 0;
  const best = config.keepBest ? 1 : 0;
  const held = heldOutImages(dataset, heldOut);
  return 2 * 4 * (weights * (1 + moments + averages + best) + 2 * held * network.outputs);
}

/** Number of test images of the held-out classes. */
const heldOutImages = ({ test }: Dataset, heldOut: readonly number[]) =>
  classImages(test, heldOut).ids.length;

function weightCount(network: Network): number {
  return [...parameterSpecs(network), ...bufferSpecs(network)].reduce(
    (sum, { shape }) => sum + product(shape),
    0,
  );
}
