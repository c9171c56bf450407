/** Progress of a run in training images, from counters in memory shared with its workers. */

import type { Fold } from '../train/index.js';
import type { Experiment } from './experiment.js';
import { EVALUATION, foldWork } from './fold-work.js';
import { FLAG_EVALUATED, FLAG_PAUSED, FLAG_RESUMED, FLAG_STEPS, newFlags } from './messages.js';

/** Progress over all folds, including finished ones. */
export interface Progress {
  readonly foldsDone: number;
  readonly folds: number;
  /**
   * Training images processed so far, over all folds; a repeat in a later epoch counts again. Those that a finished fold
   * left out, because it stopped early, count too.
   */
  readonly images: number;
  readonly totalImages: number;
  /**
   * The part of the work that is done, from 0 to 1. Evaluations count, so it is below 1 while the last one runs, when
   * all training images are processed.
   */
  readonly share: number;
  /** Rate of this call over all workers; 0 before the first step. */
  readonly imagesPerSecond: number;
  /** Null before the first step. */
  readonly secondsLeft: number | null;
  /** Whether folds may stop before their last epoch, so that it may take less time. */
  readonly atMost: boolean;
}

/** Images and work so far. Work is counted in training images, see {@link foldWork}. */
interface Amount {
  readonly images: number;
  readonly work: number;
}

const NONE: Amount = { images: 0, work: 0 };
const sum = (amounts: readonly Amount[]): Amount =>
  amounts.reduce((a, b) => ({ images: a.images + b.images, work: a.work + b.work }), NONE);

/** What is to be done in a fold. */
interface Total extends Amount {
  /** Work of training with the evaluations between epochs, per training image. */
  readonly perImage: number;
}

/**
 * Counts training images and work over all folds, except skipped and failed ones. Totals assume that all classes have
 * the same number of images.
 */
export class ProgressTracker {
  private readonly start = performance.now();
  private readonly running = new Map<string, Int32Array>();
  private readonly done: Set<string>;
  /** What ended folds did in this call. */
  private doneHere = NONE;
  /** Milliseconds of pauses, excluded from the rate and from the folds' seconds. */
  private pausedFor = 0;
  private readonly totals: Map<string, Total>;
  private readonly batch: number;

  constructor(
    private readonly experiment: Experiment,
    { finished, leftAlone = [] }: { finished: readonly string[]; leftAlone?: readonly string[] },
  ) {
    const { config, folds } = experiment;
    this.batch = config.batch;
    this.done = new Set(finished);
    this.totals = new Map(folds.map(({ id, heldOut }) => [id, totalOf(experiment, heldOut)]));
    for (const id of leftAlone) this.totals.delete(id);
  }

  /** Registers a fold, with the flags that its worker shares with this thread. */
  begin(fold: Fold, flags: Int32Array = newFlags()): Int32Array {
    this.running.set(fold.id, flags);
    return flags;
  }

  /** Records that the process was paused. */
  paused(milliseconds: number): void {
    this.pausedFor += milliseconds;
    for (const flags of this.running.values()) Atomics.add(flags, FLAG_PAUSED, Math.round(milliseconds));
  }

  /** Records that the fold's worker has ended; a failed fold no longer counts in the totals. */
  end(fold: Fold, how: 'finished' | 'stopped' | 'failed'): void {
    this.doneHere = sum([this.doneHere, this.doneOf(fold.id, true)]);
    this.running.delete(fold.id);
    if (how === 'finished') this.done.add(fold.id);
    if (how === 'failed') this.totals.delete(fold.id);
  }

  /** What a running fold has done; if `here`, without what came before its checkpoint. */
  private doneOf(id: string, here: boolean): Amount {
    const [flags, total] = [this.running.get(id), this.totals.get(id)];
    if (!flags || !total) return NONE;
    const steps = Atomics.load(flags, FLAG_STEPS) - (here ? Atomics.load(flags, FLAG_RESUMED) : 0);
    const images = steps * this.batch;
    const work = images * total.perImage + EVALUATION * Atomics.load(flags, FLAG_EVALUATED);
    return { images, work: Math.min(work, total.work) };
  }

  private sumRunning(here: boolean): Amount {
    return sum([...this.running.keys()].map((id) => this.doneOf(id, here)));
  }

  read(): Progress {
    const total = sum([...this.totals.values()]);
    const before = sum([...this.done].map((id) => this.totals.get(id) ?? NONE));
    const { images, work } = sum([before, this.sumRunning(false)]);
    const here = sum([this.doneHere, this.sumRunning(true)]);
    const seconds = (performance.now() - this.start - this.pausedFor) / 1000;
    const workRate = here.work / seconds;
    return {
      foldsDone: this.done.size,
      folds: this.experiment.folds.length,
      images: Math.min(total.images, images),
      totalImages: total.images,
      share: total.work > 0 ? Math.min(1, work / total.work) : 0,
      imagesPerSecond: here.images / seconds,
      secondsLeft: workRate > 0 ? Math.max(0, total.work - work) / workRate : null,
      atMost: this.experiment.config.patience !== undefined,
    };
  }
}

function totalOf({ config, dataset }: Experiment, heldOut: readonly number[]): Total {
  const perClass = dataset.train.count / dataset.classes.length;
  const available = Math.min(
    perClass * (dataset.classes.length - heldOut.length),
    config.limit ?? Number.POSITIVE_INFINITY,
  );
  const validation = available * (config.validationShare ?? 0);
  const work = { train: available - validation, validation };
  const { epoch, between, last } = foldWork({ dataset, config }, heldOut, work);
  const images = epoch * config.epochs;
  const perImage = images > 0 ? 1 + (EVALUATION * between * (config.epochs + 1)) / images : 1;
  return { images, perImage, work: images * perImage + EVALUATION * last };
}
