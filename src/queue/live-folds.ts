/** What workers do at present, in a run directory: logs of unfinished folds, workers.json, and the progress. */
import type { Redis } from 'ioredis';
import type { Experiment, Progress } from '../crossval/index.js';
import { FLAG_RESUMED, FLAG_STEPS, newFlags } from '../crossval/messages.js';
import { ProgressTracker } from '../crossval/progress.js';
import { foldFiles, readFold } from '../crossval/run-file.js';
import { writeWorkersFile } from '../crossval/workers-file.js';
import { writeFileAtomic } from '../formats/atomic.js';
import type { Collector } from './collector.js';
import type { Presence } from './records.js';
import { workersPresent } from './registry.js';
import type { StoredExperiment } from './stored-experiment.js';

/** Milliseconds of each look for copying logs: with many workers, each log is copied less often. */
const COPYING = 200;

export class LiveFolds {
  private readonly tracker: ProgressTracker;
  private readonly flags = new Map<string, Int32Array>();
  /** The epoch of each log that was copied. */
  private readonly copied = new Map<string, number>();

  constructor(
    private readonly redis: Redis,
    private readonly stored: StoredExperiment,
    private readonly dir: string,
    experiment: Experiment,
    private readonly collector: Collector,
  ) {
    const finished = experiment.folds.map(({ id }) => id).filter((id) => !collector.missing.has(id));
    this.tracker = new ProgressTracker(experiment, { finished });
  }

  progress(): Progress {
    return this.tracker.read();
  }

  finished(fold: string): void {
    this.end(fold, 'finished');
  }

  gaveUp(fold: string): void {
    this.end(fold, 'failed');
  }

  private end(id: string, how: 'finished' | 'stopped' | 'failed'): void {
    this.flags.delete(id);
    this.tracker.end({ id, heldOut: [] }, how);
  }

  /** Reads what the workers say, and copies the logs of folds that have got on. */
  async look(): Promise<void> {
    const present = await workersPresent(this.redis);
    const training = foldsInTraining(present, this.stored.id, this.collector.missing);
    for (const id of this.flags.keys()) if (!training.has(id)) this.end(id, 'stopped');
    for (const [id, { steps }] of training) {
      if (steps === 0) continue;
      const flags = this.flags.get(id) ?? this.begin(id, steps);
      Atomics.store(flags, FLAG_STEPS, steps);
    }
    writeWorkersFile(
      this.dir,
      present.map(({ folds, ...worker }) => ({
        ...worker,
        folds: folds
          .filter((one) => training.get(one.fold) === one)
          .map(({ fold, epoch, epochs, imagesPerSecond }) => ({ fold, epoch, epochs, imagesPerSecond })),
        others: folds.filter(({ experiment }) => experiment !== this.stored.id).length,
      })),
    );
    await this.copyLogs([...training.values()]);
  }

  /** Copies the logs of folds that have got on, those first that have got on furthest. */
  private async copyLogs(training: readonly Presence['folds'][number][]): Promise<void> {
    const until = performance.now() + COPYING;
    const ahead = ({ fold, epoch }: Presence['folds'][number]) => epoch - (this.copied.get(fold) ?? 0);
    for (const { fold, token, epoch } of training.toSorted((a, b) => ahead(b) - ahead(a))) {
      await this.copyLog(fold, token, epoch);
      if (performance.now() > until) return;
    }
  }

  private begin(id: string, steps: number): Int32Array {
    const flags = this.tracker.begin({ id, heldOut: [] }, newFlags());
    Atomics.store(flags, FLAG_RESUMED, steps);
    this.flags.set(id, flags);
    return flags;
  }

  private async copyLog(id: string, token: number, epoch: number): Promise<void> {
    if (epoch === 0 || this.copied.get(id) === epoch) return;
    const log = await this.stored.fold(id).log(token, epoch);
    // It may have been finished meanwhile.
    if (!log || !this.collector.missing.has(id) || readFold(this.dir, { id, heldOut: [] }).finished) return;
    writeFileAtomic(foldFiles(this.dir, id).log, [log]);
    this.copied.set(id, epoch);
  }
}

/**
 * The folds of an experiment that are being trained, by id, as their workers describe them.
 * @param wanted the folds that have no result yet
 */
export function foldsInTraining(
  workers: readonly Presence[],
  experiment: string,
  wanted: ReadonlySet<string>,
): Map<string, Presence['folds'][number]> {
  const training = new Map<string, Presence['folds'][number]>();
  for (const one of workers.flatMap(({ folds }) => folds)) {
    if (one.experiment !== experiment || !wanted.has(one.fold)) continue;
    // A worker that was paused may still name a fold that another one has claimed since.
    if (one.token > (training.get(one.fold)?.token ?? 0)) training.set(one.fold, one);
  }
  return training;
}
