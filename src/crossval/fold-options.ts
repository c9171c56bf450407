/** The options of a fold's training, from what the main thread sends to a worker. */

import { controlName, type FoldOptions, recipeName } from '../train/index.js';
import type { FoldTask } from './messages.js';

export function foldOptions({ experiment, fold, images, backend, threads }: FoldTask): FoldOptions {
  const { run, dataset, vectors, network, config } = experiment;
  return {
    ...{ dataset, vectors, network, config, fold, images, backend, threads },
    recipe: recipeName(run.recipe),
    control: run.control === undefined ? undefined : controlName(run.control),
    seed: run.seed,
  };
}

/** The part of an experiment that is sent. Structured cloning evaluates the data set's lazy values and copies no pixels. */
export function sendable({
  run,
  dataset,
  vectors,
  network,
  config,
}: FoldTask['experiment']): FoldTask['experiment'] {
  return { run, dataset, vectors, network, config };
}
