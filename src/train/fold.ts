/**
 * One training run: a fold of a cross-validation, or a single network. Every random draw is keyed by (seed,
 * purpose, fold, epoch, step). Therefore a run that is resumed from a checkpoint produces the same bits as an
 * uninterrupted one, and a fold's result does not depend on which other folds run.
 */

import type { Normalisation } from '../data/image-statistics.js';
import type { Backend } from '../engine/backend.js';
import { compilePredictor } from '../engine/predictor.js';
import { compileTrainer } from '../engine/trainer.js';
import type { Predictor, StateDict, Trainer } from '../engine/types.js';
import { countParameters } from '../nn/parameters.js';
import type { CheckpointState } from './checkpoint.js';
import { engineId } from './drift.js';
import { diverged, makeEpochRunner } from './epoch.js';
import { evaluateClasses } from './evaluate.js';
import type { EndEvent, EpochEvent } from './events.js';
import { calibrateFamiliarity, type Familiarity } from './familiarity.js';
import { type KeptFeatures, keptFeatures } from './features.js';
import type { FoldTraining } from './options.js';
import { classImages, classMeans, predictImages } from './predict.js';
import { initialWeights, predictorBatch, prepareFold } from './prepare.js';
import { seenClasses, type TargetSpace } from './recipe.js';
import { type Checkpoints, identify } from './resume.js';
import { type EngineId, FORMAT_VERSION } from './schema.js';
import { betterEpoch, makeValidation, patienceEnds } from './validation.js';

/**
 * The outputs that a finished fold stores: points of the recipe's target space, or raw outputs of the heads, which
 * the analysis converts to such points.
 */
export interface KeptOutputs {
  readonly dimension: number;
  /** The held-out classes' test images: index in the official test set, class, and outputs [ids, dimension]. */
  readonly heldOut: {
    readonly ids: Int32Array;
    readonly labels: Int32Array;
    /** Outputs of the untrained network, after the first epoch and with the weights that are kept. */
    readonly epoch0: Float32Array;
    readonly epoch1: Float32Array;
    readonly last: Float32Array;
  };
  /** Mean output of each seen class over its test images, [classes, dimension]. */
  readonly seen: { readonly classes: Int32Array; readonly means: Float32Array };
  /** Outputs of the individual test images of seen classes, if `keepOutputs` is 'seen'. */
  readonly seenImages?: {
    readonly ids: Int32Array;
    readonly labels: Int32Array;
    readonly outputs: Float32Array;
  };
  readonly features: KeptFeatures;
}

export type FoldResult =
  | { readonly status: 'stopped'; readonly epoch: number }
  | {
      readonly status: 'finished';
      readonly outputs: KeptOutputs;
      /**
       * Live weights and running statistics, or the moving averages of both if `ema` is on; of the last epoch, or with
       * `keepBest` of the best one.
       */
      readonly weights: StateDict;
      readonly space: TargetSpace;
      /** Mean and standard deviation of the fold's training images; all images are normalised with these. */
      readonly normalisation: Normalisation;
      /** null if it could not be calibrated: see {@link calibrateFamiliarity}. */
      readonly familiarity: Familiarity | null;
      readonly engine: EngineId;
      /** The fold's 'end' line; the caller logs it after the outputs are stored. */
      readonly end: EndEvent;
    };

/** The runtime that trains: a page or a process of Node. */
export interface TrainingHost {
  readonly backend: Backend;
  /** Absent if the run cannot be resumed. */
  readonly checkpoints?: Checkpoints;
}

/**
 * Trains one network and evaluates it on the held-out classes' official test images after every epoch.
 * @throws LexelError if there are fewer images than one batch, if the loss is no longer finite, or if the
 *   checkpoint belongs to another run, backend or instruction set; FormatError if all existing checkpoints are
 *   damaged
 */
export async function trainOn(host: TrainingHost, options: FoldTraining): Promise<FoldResult> {
  const made: { dispose(): Promise<void> }[] = [];
  const keep = <T extends (typeof made)[number]>(one: T): T => {
    made.push(one);
    return one;
  };
  try {
    return await trainKeeping(host, options, keep);
  } finally {
    await Promise.all(made.map((one) => one.dispose()));
  }
}

/** @param keep registers the trainer and the predictor, which the caller disposes of */
async function trainKeeping(
  { backend, checkpoints }: TrainingHost,
  options: FoldTraining,
  keep: <T extends Trainer | Predictor>(made: T) => T,
): Promise<FoldResult> {
  const { dataset, network, fold, config, seed } = options;
  const prepared = prepareFold(options);
  const { images: ofFold, stepsPerEpoch, space, lossTarget, training } = prepared;
  const engine = { backend, ...prepared.engine };
  const { indices, droppedDuplicates, normalisation, validation } = ofFold;
  const totalSteps = stepsPerEpoch * config.epochs;
  const id = engineId(backend.info);
  // No variable holds the initial weights, so their memory can be freed once the trainer exists.
  const trainer = keep(
    await compileTrainer(network, config.batch, training, { ...engine, init: initialWeights(options) }),
  );
  const evaluation = predictorBatch(config);
  const predictor = keep(await compilePredictor(network, evaluation, engine));
  const heldOut = classImages(dataset.test, fold.heldOut);
  const kept = new Map<string, Float32Array>();
  const emit = options.on ?? (() => {});

  const weights = (shared: boolean) => trainer.weights({ ema: config.ema > 0, shared });
  /** Outputs for the held-out images, with the current weights or the given ones. */
  const answer = async (given?: StateDict): Promise<Float32Array> => {
    await predictor.load(given ?? (await weights(true)));
    return stored(space, await predictImages(predictor, dataset.test, heldOut.ids, network.outputs));
  };
  const pointsOf = (outputs: Float32Array, epoch: number) => {
    const points = space.answers(outputs);
    const { targets, dimension } = space;
    options.onPoints?.({ epoch, points, labels: heldOut.labels, targets, dimension });
    return points;
  };
  const validate = makeValidation(options, prepared);
  /** Measures of held-out outputs and, with the current weights, of the validation images. */
  const measured = async (
    outputs: Float32Array,
    epoch: number,
  ): Promise<Pick<EpochEvent, 'heldOut' | 'validation' | 'classes'>> => {
    const onNaN = () => diverged(fold.id, epoch);
    const points = pointsOf(outputs, epoch);
    const { average, classes } = evaluateClasses(points, heldOut.labels, space, fold.heldOut, onNaN);
    const own = validate && (await validate(predictor, await weights(true), onNaN));
    return { heldOut: average, ...(own && { validation: own }), classes };
  };

  let state: CheckpointState & EngineId = {
    format: 'lexel-checkpoint',
    version: 1,
    fold: fold.id,
    seed,
    epoch: 0,
    epochs: config.epochs,
    identity: identify(options, normalisation),
    seconds: 0,
    images: 0,
    ...id,
    normalisation: { mean: [...normalisation.mean], std: [...normalisation.std] },
    dataset: { hash: dataset.hash, orderedHash: dataset.orderedHash },
  };
  let last: Float32Array;
  /** The weights of the best epoch; null if they are not to be kept, or are the current ones. */
  let best: StateDict | null = null;

  const outputs = heldOut.ids.length * network.outputs;
  const wanted = { state, batch: config.batch, stepsPerEpoch, outputs, config };
  const resumed = (await checkpoints?.resume(trainer, wanted)) ?? null;
  if (resumed) {
    const { warnings } = resumed;
    state = { ...state, ...resumed.state };
    best = resumed.best;
    const { epoch } = state;
    for (const [name, data] of resumed.kept) kept.set(name, data);
    emit({ type: 'resume', fold: fold.id, epoch, engine: id, time: now() });
    for (const message of warnings) emit({ type: 'warning', fold: fold.id, message, time: now() });
    last = await answer();
    pointsOf(last, epoch);
  } else {
    emit({
      type: 'start',
      version: FORMAT_VERSION,
      fold: fold.id,
      heldOut: fold.heldOut,
      trainImages: indices.length,
      droppedDuplicates,
      ...(validation && {
        validation: {
          images: validation.indices.length,
          droppedDuplicates: validation.droppedDuplicates,
        },
      }),
      steps: totalSteps,
      parameters: countParameters(network),
      normalisation,
      engine: id,
      time: now(),
    });
    last = await answer();
    kept.set('epoch0', last);
    emit({
      type: 'epoch',
      fold: fold.id,
      epoch: 0,
      trainLoss: null,
      learningRate: 0,
      seconds: 0,
      images: 0,
      ...(await measured(last, 0)),
    });
  }

  const epochRunner = makeEpochRunner(options, trainer, indices, lossTarget, stepsPerEpoch);
  while (state.epoch < config.epochs && !patienceEnds(state.best, state.epoch, config.patience)) {
    if (config.keepBest && state.best?.epoch === state.epoch) best = await weights(false);
    const epoch = state.epoch + 1;
    const ran = await epochRunner(epoch);
    if (ran === null) return { status: 'stopped', epoch: state.epoch };
    last = await answer();
    if (epoch === 1) kept.set('epoch1', last);
    const measures = await measured(last, epoch);
    const bestEpoch = measures.validation && betterEpoch(state.best, epoch, measures.validation.loss);
    if (bestEpoch?.epoch === epoch) best = null;
    state = {
      ...state,
      epoch,
      seconds: state.seconds + ran.seconds,
      images: state.images + ran.images,
      ...(bestEpoch && { best: bestEpoch }),
    };
    emit({ type: 'epoch', fold: fold.id, epoch, ...ran, ...measures });
    await checkpoints?.save({ state, trainer: await trainer.state({ shared: true }), kept, best });
  }
  if (best) last = await answer(best);

  let evaluated = 0;
  const onImages = (count: number) => {
    evaluated += count;
    options.onEvaluated?.(evaluated);
  };
  const seen = await seenOutputs(options, predictor, space);
  onImages(dataset.test.count - heldOut.ids.length);
  await predictor.dispose(); // frees its memory before the features' predictor allocates as much again
  const stop = options.stop ?? (() => false);
  const source = { network, batch: evaluation, engine, weights: best ?? (await weights(true)), onImages };
  const features = await keptFeatures(
    source,
    {
      train: { set: dataset.train, ids: indices, classes: [...seen.seen.classes] },
      test: { set: dataset.test, heldOut: heldOut.ids, seen: seen.seenImages?.ids },
    },
    stop,
  );
  if (!features) return { status: 'stopped', epoch: state.epoch };
  const { ids: seenIds } = classImages(dataset.test, [...seen.seen.classes]);
  const familiarity = await calibrateFamiliarity(
    source,
    features,
    { train: { set: dataset.train, ids: indices }, test: { set: dataset.test, ids: seenIds } },
    stop,
  );
  if (!familiarity && stop()) return { status: 'stopped', epoch: state.epoch };
  return {
    status: 'finished',
    outputs: {
      dimension: network.outputs,
      heldOut: { ...heldOut, epoch0: kept.get('epoch0')!, epoch1: kept.get('epoch1')!, last },
      ...seen,
      features,
    },
    weights: best ?? (await weights(false)),
    space,
    normalisation,
    familiarity,
    engine: id,
    end: {
      type: 'end',
      fold: fold.id,
      epochs: state.epoch,
      ...(state.best && { bestEpoch: state.best.epoch }),
      seconds: state.seconds,
      imagesPerSecond: state.images / Math.max(state.seconds, 1e-9),
      time: now(),
    },
  };
}

const now = () => new Date().toISOString();

/** Outputs in the form that is stored: of unit length if the space consists of directions, otherwise raw. */
function stored(space: TargetSpace, outputs: Float32Array): Float32Array {
  return space.numbers.unit ? space.answers(outputs) : outputs;
}

/** Mean outputs of the seen classes over their test images, and the individual outputs if they are to be stored. */
async function seenOutputs(
  { dataset, fold, network, config }: FoldTraining,
  predictor: Predictor,
  space: TargetSpace,
): Promise<Pick<KeptOutputs, 'seen' | 'seenImages'>> {
  const classes = seenClasses(dataset.classes.length, fold.heldOut);
  const { ids, labels } = classImages(dataset.test, classes);
  const outputs = stored(space, await predictImages(predictor, dataset.test, ids, network.outputs));
  return {
    seen: {
      classes: Int32Array.from(classes),
      means: classMeans(outputs, labels, classes, network.outputs),
    },
    ...(config.keepOutputs === 'seen' && { seenImages: { ids, labels, outputs } }),
  };
}
