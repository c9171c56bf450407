/** The model of a finished fold. */

import type { Network } from '../nn/types.js';
import type { FoldResult } from './fold.js';
import type { Model } from './model-bytes.js';

/** What a model's file says of its training beside the result. */
export interface FoldSource extends Pick<Model, 'recipe' | 'control' | 'labels' | 'words' | 'training'> {
  readonly network: Network;
  readonly dataset: Model['dataset'];
  /** Class indices. */
  readonly heldOut: readonly number[];
}

export function foldModel(
  { network, recipe, control, labels, heldOut, words, dataset, training }: FoldSource,
  {
    normalisation,
    engine,
    space,
    outputs,
    familiarity,
    weights,
  }: Extract<FoldResult, { status: 'finished' }>,
): Model {
  const { dimension, trainMeans, trainCounts, trainCovariance } = outputs.features;
  return {
    network,
    mean: [...normalisation.mean],
    std: [...normalisation.std],
    normalisation: 'fold',
    engine,
    recipe,
    ...(control !== undefined && { control }),
    labels: [...labels],
    heldOut: heldOut.map((c) => labels[c]),
    words: { source: words.source, checksum: words.checksum, dimension: words.dimension },
    dataset: { name: dataset.name, hash: dataset.hash, orderedHash: dataset.orderedHash },
    training,
    vectors: space.targets,
    seenMean: space.mean,
    space: space.numbers,
    heads: { ...space.heads },
    features: { dimension, trainMeans, trainCounts, trainCovariance },
    ...(familiarity && { familiarity }),
    weights,
  };
}
