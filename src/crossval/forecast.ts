/**
 * What a run will take: time, disk and memory. Time is measured with a few real training steps on states that are
 * thrown away, in as many workers at once as the run will use.
 */

import { Worker } from 'node:worker_threads';
import { trainingIndices } from '../data/index.js';
import { compile } from '../engine/index.js';
import { countMultiplyAdds } from '../nn/index.js';
import { countFoldImages } from '../train/images.js';
import { type Fold, foldTargets, type MeasuredSteps, predictorBatch } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { WORKER_OPTIONS } from '../util/worker.js';
import { checkpointBytes, foldBytes } from './disk-size.js';
import type { Experiment } from './experiment.js';
import { foldOptions, sendable } from './fold-options.js';
import { EVALUATION, foldWork } from './fold-work.js';
import { foldsLeft } from './folds-left.js';
import type { FoldTask } from './messages.js';
import { type Parallel, type ParallelOptions, parallelOf } from './parallel.js';
import { readFold } from './run-file.js';

export interface Forecast extends Parallel {
  /** Folds that are still to be trained. */
  readonly folds: number;
  readonly epochs: number;
  /** Whether folds may stop before their last epoch; epochs, images and time are then the most that it may take. */
  readonly atMost: boolean;
  /** Training images still to be processed, over all folds; a repeat in a later epoch counts again. */
  readonly images: number;
  /** Null if it was not measured, because the run is short, or could not be. */
  readonly time: {
    readonly seconds: number;
    /** Over all workers. */
    readonly imagesPerSecond: number;
  } | null;
  /** Bytes of disk that the run will have taken, with the checkpoints of the folds in training. */
  readonly disk: number;
  /** Peak memory of the process in bytes. */
  readonly memory: number;
}

export interface ForecastOptions extends ParallelOptions {
  /** Run directories, one per seed, which need not exist; what they have finished is not counted. */
  readonly dirs: readonly string[];
  /** Counts failed folds as still to be trained. */
  readonly retry?: boolean;
  /** Measures short runs too. */
  readonly always?: boolean;
}

/** Most time of a measurement. */
const SECONDS = 3;
/** Runs that surely take less time are not measured. */
const SHORT_SECONDS = 30;
/** Operations per second and core that every machine reaches; a training step takes six per multiply-add. */
const SLOWEST = { native: 40e9, wasm: 20e9 } as const;
/** Bytes of a worker thread apart from its arenas. */
const WORKER_BYTES = 40 << 20;

/**
 * Estimates the rest of a run. The measurement takes at most three seconds, less if steps are fast, and affects neither
 * the run directories nor the results of the run.
 */
export async function forecast(experiment: Experiment, options: ForecastOptions): Promise<Forecast> {
  const { config, network, backend } = experiment;
  const left = options.dirs.flatMap((dir) => foldsToTrain(dir, experiment, options.retry === true));
  const parallel = parallelOf(left.length, options);
  const images = left.reduce((sum, one) => sum + one.images, 0);
  const { workers } = parallel;
  const operations = 6 * countMultiplyAdds(network) * (images + EVALUATION * sumOf(left, 'evaluated'));
  const short = operations / SLOWEST[backend] / (workers * parallel.threads) < SHORT_SECONDS;
  const memory = process.memoryUsage.rss(); // before the measurement takes some
  const wanted = left.length > 0 && (options.always || !short);
  const measured = wanted ? await measure(experiment, left, parallel) : null;
  const secondsOf = ({ images: own, evaluated }: FoldLeft) =>
    ((own + EVALUATION * evaluated) * (measured ?? 0)) / config.batch;
  return {
    ...parallel,
    ...{ folds: left.length, epochs: config.epochs, images, atMost: config.patience !== undefined },
    time:
      measured !== null && measured > 0
        ? {
            seconds: makespan(left.map(secondsOf), workers),
            imagesPerSecond: (workers * config.batch) / measured,
          }
        : null,
    disk:
      sumOf(left, 'bytes') +
      workers * Math.max(0, ...left.map(({ fold }) => checkpointBytes(experiment, fold))),
    memory: left.length > 0 ? memory + workers * foldMemory(experiment, left[0], parallel) : memory,
  };
}

interface FoldLeft {
  readonly fold: Fold;
  /** Training images still to be processed. */
  readonly images: number;
  /** Images still to be evaluated. */
  readonly evaluated: number;
  /** Bytes of its files when it is finished. */
  readonly bytes: number;
}

function foldsToTrain(dir: string, experiment: Experiment, retry: boolean): FoldLeft[] {
  const { config, folds } = experiment;
  return foldsLeft(dir, folds, retry).open.flatMap((fold) => {
    const images = imagesOf(experiment, fold);
    if (images.train < config.batch) return []; // the run reports why it fails
    const done = readFold(dir, { id: fold.id, heldOut: [...fold.heldOut] }).epochs.at(-1)?.epoch ?? 0;
    const epochs = Math.max(0, config.epochs - done);
    const { epoch, between, last } = foldWork(experiment, fold.heldOut, images);
    const evaluated = (epochs + 1) * between + last;
    return { fold, images: epochs * epoch, evaluated, bytes: foldBytes(experiment, fold) };
  });
}

/** Numbers of images of a fold; 0 if it cannot be trained. */
function imagesOf({ dataset, config, run }: Experiment, fold: Fold): ReturnType<typeof countFoldImages> {
  try {
    return countFoldImages({ dataset, fold, config, seed: run.seed });
  } catch (error) {
    if (!(error instanceof LexelError)) throw error;
    return { train: 0, validation: 0 };
  }
}

/** Seconds until all are done, if each worker takes the next one as soon as it is free. */
function makespan(seconds: readonly number[], workers: number): number {
  const free = Array.from({ length: workers }, () => 0);
  for (const one of seconds) free[free.indexOf(Math.min(...free))] += one;
  return Math.max(...free);
}

/** Bytes of a worker that trains a fold. */
function foldMemory(experiment: Experiment, { fold }: FoldLeft, parallel: Parallel): number {
  const { network, config } = experiment;
  const { training } = foldTargets(foldOptions(taskOf(experiment, fold, parallel)));
  const arenas = [compile(network, config.batch, training), compile(network, predictorBatch(config), null)];
  return WORKER_BYTES + 4 * arenas.reduce((sum, { floats }) => sum + floats, 0);
}

const taskOf = (experiment: Experiment, fold: Fold, { threads }: Parallel): FoldTask => ({
  experiment: sendable(experiment),
  fold,
  images: trainingIndices(experiment.dataset, fold.heldOut),
  backend: experiment.backend,
  threads,
});

/** What a worker of the measurement gets. */
export interface ForecastTask {
  readonly task: FoldTask;
  /** In milliseconds since 1970. */
  readonly deadline: number;
  /** In shared memory: the number of workers that are ready, and of all workers. */
  readonly ready: Int32Array;
}

/** What it answers; null if the fold cannot be trained. */
export type Measured = MeasuredSteps | null;

/** Seconds per step, the mean over the workers; null if one of them failed. */
async function measure(
  experiment: Experiment,
  left: readonly FoldLeft[],
  parallel: Parallel,
): Promise<number | null> {
  const deadline = Date.now() + SECONDS * 1000;
  const ready = new Int32Array(new SharedArrayBuffer(8));
  ready[1] = parallel.workers;
  const answers = await Promise.all(
    left.slice(0, parallel.workers).map(({ fold }) => {
      const workerData: ForecastTask = { task: taskOf(experiment, fold, parallel), deadline, ready };
      return new Promise<Measured>((resolve) => {
        const worker = new Worker(workerFile(), { workerData, ...WORKER_OPTIONS });
        worker.on('message', resolve);
        // The run itself will fail too, and reports why.
        worker.on('error', () => resolve(null));
        worker.on('exit', () => resolve(null));
      });
    }),
  );
  if (answers.includes(null)) return null;
  return sumOf(answers as MeasuredSteps[], 'secondsPerStep') / answers.length;
}

const sumOf = <K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number =>
  items.reduce((sum, item) => sum + item[key], 0);

/** The compiled worker, even if this file runs as TypeScript in tests, because worker threads load JavaScript. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../dist/crossval/forecast-worker.js', import.meta.url)
    : new URL('./forecast-worker.js', import.meta.url);
}
