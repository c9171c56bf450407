/** How far a run is, in training images, from the counters that its workers share. */

import type { Fold } from '../train/index.js';
import type { Experiment } from './experiment.js';
import { FLAG_PAUSED, FLAG_RESUMED, FLAG_STEPS, FLAGS } from './messages.js';

/** All folds together, finished ones included. */
export interface Progress {
  readonly foldsDone: number;
  readonly folds: number;
  /** Training images seen and to be seen, over all folds. */
  readonly images: number;
  readonly totalImages: number;
  /** In this call, over all workers; 0 before the first step. */
  readonly imagesPerSecond: number;
  /** Null before the first step. */
  readonly secondsLeft: number | null;
}

/**
 * Counts training images over all folds but those that are left alone or have failed. Totals are exact once a fold has
 * begun and estimates before.
 */
export class ProgressTracker {
  private readonly start = performance.now();
  private readonly running = new Map<string, Int32Array>();
  private readonly done: Set<string>;
  private trainedHere = 0;
  /** Milliseconds that count neither for the rate nor for a fold's seconds. */
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

  /** The flags that the fold's worker shares with this thread. */
  begin(fold: Fold): Int32Array {
    const flags = new Int32Array(new SharedArrayBuffer(4 * FLAGS));
    this.running.set(fold.id, flags);
    return flags;
  }

  /** The process has stood still for so long. */
  paused(milliseconds: number): void {
    this.pausedFor += milliseconds;
    for (const flags of this.running.values()) Atomics.add(flags, FLAG_PAUSED, Math.round(milliseconds));
  }

  /** The fold's worker has ended; of one that has failed nothing more is to be expected. */
  end(fold: Fold, how: 'finished' | 'stopped' | 'failed'): void {
    this.trainedHere += this.imagesOf(fold.id, true);
    this.running.delete(fold.id);
    if (how === 'finished') this.done.add(fold.id);
    if (how === 'failed') this.perFold.delete(fold.id);
  }

  /** Images of a running fold; `here`: without those that its checkpoint brought. */
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
