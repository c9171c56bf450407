/** Trains one network in a page, from random weights, on images in memory. */

import { smallerBatch } from '../crossval/batch.js';
import { singleFold } from '../crossval/protocols.js';
import { classIndices } from '../crossval/selection.js';
import { checkTargets, targetFaults } from '../crossval/target-faults.js';
import type { Dataset } from '../data/types.js';
import { joined } from '../formats/bytes.js';
import { buildNetwork } from '../nn/build.js';
import { checkpointChunks, parseCheckpoint } from '../train/checkpoint.js';
import { composeConfig, recipeLossConfig } from '../train/compose-config.js';
import { keptEpoch, type TrainConfig } from '../train/config.js';
import type { FoldEvent } from '../train/events.js';
import { trainOn } from '../train/fold.js';
import { foldModel } from '../train/fold-model.js';
import { headsOf, widthOf } from '../train/heads.js';
import { type Model, modelChunks } from '../train/model-bytes.js';
import type { HeldOutPoints } from '../train/options.js';
import { type PresetName, preset } from '../train/presets.js';
import { type RecipeName, recipeName } from '../train/recipe.js';
import { type Checkpoints, resumeFrom } from '../train/resume.js';
import { UsageError } from '../util/errors.js';
import { labelVectors } from '../words/labels.js';
import type { WordTable } from '../words/word-table.js';
import type { Engine } from './engine.js';

export interface TrainModelOptions {
  readonly engine: Engine;
  readonly dataset: Dataset;
  /** The vectors of the labels, which are the targets. */
  readonly words: WordTable;
  /** Labels of the classes that are not trained on. Default: none. */
  readonly heldOut?: readonly string[];
  /** Default `lite`. */
  readonly network?: string;
  /** Default `joint`. `abtt` and `whitened` are computed in Node only. */
  readonly recipe?: RecipeName;
  /** Default `adamw`. */
  readonly preset?: PresetName;
  readonly epochs: number;
  /** Default 0. The same seed, images, words and options give the same bits, here and in Node. */
  readonly seed?: number;
  /** Settings that override the preset. */
  readonly train?: Partial<TrainConfig>;
  /** Continues from a checkpoint of the same run, as `onCheckpoint` gave it; the result has the same bits. */
  readonly checkpoint?: Uint8Array | ArrayBuffer;
  /** Called with each event, in order; an 'epoch' event has the measures of the held-out classes. */
  readonly onEvent?: (event: FoldEvent) => void;
  /** Called after every step with the number of steps done, those before a checkpoint included. */
  readonly onStep?: (done: number) => void;
  /** Called after every epoch with the points of the held-out test images, for a map. */
  readonly onPoints?: (points: HeldOutPoints) => void;
  /** Called after every epoch with a checkpoint in the format of the command line's files. */
  readonly onCheckpoint?: (checkpoint: Uint8Array<ArrayBuffer>, epoch: number) => void | Promise<void>;
  /** Stops the training before its next step. The last checkpoint continues it. */
  readonly signal?: AbortSignal;
}

export type TrainOutcome =
  /** `epoch` is the last finished epoch. */
  | { readonly status: 'stopped'; readonly epoch: number }
  | {
      readonly status: 'finished';
      readonly model: Model;
      /** The model file, the same bytes as the command line writes. */
      readonly file: Uint8Array<ArrayBuffer>;
      readonly imagesPerSecond: number;
    };

/**
 * Trains a network and measures it on the held-out classes after every epoch, as `lexel train` does. It computes on the
 * thread that calls it, so call it in a worker.
 *
 * @throws LexelError if a label has no word vector, if there are too few images, if training diverges, or if the checkpoint
 *   belongs to another run; FormatError for a damaged checkpoint; UsageError for an unknown label, network, recipe or preset
 * @example
 * const outcome = await trainModel({ engine, dataset: shapesWorld(), words, heldOut: ['red_circle'], epochs: 10 });
 * if (outcome.status === 'finished') openModel(outcome.file, engine);
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainOutcome> {
  const { engine, dataset, words, network: name = 'lite', preset: presetName = 'adamw', seed = 0 } = options;
  const { epochs, signal, onEvent, onStep, onPoints } = options;
  const recipe = recipeName(options.recipe ?? 'joint');
  const fold = singleFold(dataset.classes, classIndices(options.heldOut ?? [], dataset.classes));
  if (dataset.classes.length - fold.heldOut.length < 2) {
    throw new UsageError(
      `${dataset.classes.length - fold.heldOut.length} of ${dataset.classes.length} classes are left to train on`,
      'Hold out fewer classes: training needs at least two.',
    );
  }
  const asked = composeConfig(
    { ...preset(presetName), ...recipeLossConfig(recipe), epochs, keepOutputs: 'seen' },
    options.train,
  );
  const smaller = smallerBatch(dataset, [fold], asked, seed, options.train?.batch !== undefined);
  const config = smaller ? { ...asked, batch: smaller.batch } : asked;
  const { vectors } = labelVectors(words, dataset.classes);
  const faults = targetFaults(recipe, config.loss, vectors, words.dimension);
  checkTargets(faults, [fold], dataset.classes, faults);
  const outputs = widthOf(headsOf(config.loss, words.dimension, dataset.classes.length));
  const network = buildNetwork(name, { outputs, size: dataset.train.size });
  const result = await trainOn(
    { backend: engine, checkpoints: checkpointsOf(options) },
    {
      ...{ dataset, vectors, recipe, network, fold, config, seed, onStep, onPoints },
      on: onEvent,
      stop: () => signal?.aborted === true,
    },
  );
  if (result.status === 'stopped') return result;
  const training = { fold: fold.id, seed, epochs: keptEpoch(config, result.end), preset: presetName };
  const model = foldModel(
    { network, recipe, labels: [...dataset.classes], heldOut: fold.heldOut, words, dataset, training },
    result,
  );
  const file = joined(modelChunks('model', model));
  return { status: 'finished', model, file, imagesPerSecond: result.end.imagesPerSecond };
}

function checkpointsOf({ checkpoint, onCheckpoint }: TrainModelOptions): Checkpoints {
  return {
    async resume(trainer, wanted) {
      if (!checkpoint) return null;
      const bytes = checkpoint instanceof Uint8Array ? checkpoint : new Uint8Array(checkpoint);
      const found = parseCheckpoint('checkpoint', bytes);
      return { ...(await resumeFrom(found, trainer, wanted, false)), warnings: [] };
    },
    async save(found) {
      if (onCheckpoint) await onCheckpoint(joined(checkpointChunks('checkpoint', found)), found.state.epoch);
    },
  };
}
