/** Progress of a run in training images, from counters in memory shared with its workers. */

import type { Fold } from '../train/index.js';
import type { Experiment } from './experiment.js';
import { FLAG_PAUSED, FLAG_RESUMED, FLAG_STEPS, FLAGS } from './messages.js';

/** Progress over all folds, including finished ones. */
export interface Progress {
  readonly foldsDone: number;
  readonly folds: number;
  /** Training images processed so far, over all folds; a repeat in a later epoch counts again. */
  readonly images: number;
  readonly totalImages: number;
  /** Rate of this call over all workers; 0 before the first step. */
  readonly imagesPerSecond: number;
  /** Null before the first step. */
  readonly secondsLeft: number | null;
}

/**
 * Counts training images over all folds, except skipped and failed ones. Totals assume that all classes have
 * the same number of images.
 */
export class ProgressTracker {
  private readonly start = performance.now();
  private readonly running = new Map<string, Int32Array>();
  private readonly done: Set<string>;
  private trainedHere = 0;
  /** Milliseconds of pauses, excluded from the rate and from the folds' seconds. */
  private pausedFor = 0;
  private readonly perFold: Map<string, number>;
  private readonly batch: number;

  constructor(
    private readonly experiment: Experiment,
    { finished, leftAlone = [] }: { finished: readonly string[]; leftAlone?: readonly string[] },
  ) {
    const { config, dataset, folds } = experiment;
    this.batch = config.batch;
    this.done = new Set(finished);
    const perClass = dataset.train.count / dataset.classes.length;
    this.perFold = new Map(
      folds.map(({ id, heldOut }) => {
        const available = perClass * (dataset.classes.length - heldOut.length);
        const images = Math.min(available, config.limit ?? Number.POSITIVE_INFINITY);
        return [id, Math.floor(images / config.batch) * config.batch * config.epochs];
      }),
    );
    for (const id of leftAlone) this.perFold.delete(id);
  }

  /** Registers a fold; returns the flags that its worker shares with this thread. */
  begin(fold: Fold): Int32Array {
    const flags = new Int32Array(new SharedArrayBuffer(4 * FLAGS));
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
    this.trainedHere += this.imagesOf(fold.id, true);
    this.running.delete(fold.id);
    if (how === 'finished') this.done.add(fold.id);
    if (how === 'failed') this.perFold.delete(fold.id);
  }

  /** Images processed by a running fold; if `here`, without those before its checkpoint. */
  private imagesOf(id: string, here: boolean): number {
    const flags = this.running.get(id);
    if (!flags) return 0;
    return (Atomics.load(flags, FLAG_STEPS) - (here ? Atomics.load(flags, FLAG_RESUMED) : 0)) * this.batch;
  }

  private sumRunning(here: boolean): number {
    return [...this.running.keys()].reduce((sum, id) => sum + this.imagesOf(id, here), 0);
  }

  read(): Progress {
    const before = [...this.done].reduce((sum, id) => sum + (this.perFold.get(id) ?? 0), 0);
    const total = [...this.perFold.values()].reduce((sum, n) => sum + n, 0);
    const images = Math.min(total, before + this.sumRunning(false));
    const milliseconds = performance.now() - this.start - this.pausedFor;
    const rate = (this.trainedHere + this.sumRunning(true)) / (milliseconds / 1000);
    return {
      foldsDone: this.done.size,
      folds: this.experiment.folds.length,
      images,
      totalImages: total,
      imagesPerSecond: rate,
      secondsLeft: rate > 0 ? (total - images) / rate : null,
    };
  }
}
