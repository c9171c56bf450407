/**
 * Follows the files of one run that this or another process trains. Changes of folds are noticed by the system's file
 * events where it has them, and all others, such as those of workers.json, at the latest after a second.
 */

import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { FoldGlance } from '../../crossval/fold-states.js';
import { type FoldPlan, foldFiles, type RunFile } from '../../crossval/run-file.js';
import { type TrainedBy, trainedBy } from '../../crossval/workers-file.js';
import { LexelError } from '../../util/errors.js';
import type { LiveEventName, LiveFold } from '../messages/live.js';
import { readableRun } from '../run-list/listing.js';
import { listingOf, type RunTable, type TableEntry } from '../run-list/run-table.js';
import { stampOf } from '../run-list/summary-cache.js';
import { liveFold, liveWorkers, paceOf } from './live-run.js';

export interface LiveEvent {
  readonly name: LiveEventName;
  /** JSON. */
  readonly data: string;
}

export type Listener = (event: LiveEvent) => void;

/** Milliseconds between looks, and from a file event to the look. */
const POLL = 1000;
const SOON = 50;

/** Looks between two signs of life while nothing trains. */
const QUIET = 15;

interface Followed {
  readonly stamp: string;
  readonly fold: LiveFold;
}

export class RunFollower {
  private readonly listeners = new Set<Listener>();
  private readonly folds = new Map<string, Followed>();
  private snapshot: string | null = null;
  /** The workers that were sent last, as JSON. */
  private workers = '[]';
  private looking: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private watcher: FSWatcher | undefined;
  private quiet = 0;

  constructor(
    private readonly runs: RunTable,
    private readonly id: string,
  ) {}

  /** Sends the present state to the listener, and then every change. */
  async add(listener: Listener): Promise<void> {
    if (this.snapshot === null) await this.look();
    listener({ name: 'folds', data: this.snapshot! });
    this.listeners.add(listener);
    this.timer ??= setInterval(() => this.lookAgain(), POLL);
  }

  /** @returns whether nobody watches any more; the follower has then stopped */
  remove(listener: Listener): boolean {
    this.listeners.delete(listener);
    if (this.listeners.size > 0) return false;
    this.stop();
    return true;
  }

  stop(): void {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.watcher?.close();
    this.timer = undefined;
    this.watcher = undefined;
    this.listeners.clear();
  }

  private send(name: LiveEventName, data: unknown): void {
    const event = { name, data: JSON.stringify(data) };
    for (const listener of [...this.listeners]) listener(event);
  }

  private lookAgain(): void {
    if (this.looking) return;
    this.look().catch((error: unknown) => {
      const { message } = error as Error;
      const hint = error instanceof LexelError ? error.hint : undefined;
      this.send('gone', { message, hint });
      this.stop();
    });
  }

  /** @throws LexelError if the run is gone or can no longer be read */
  private look(): Promise<void> {
    this.looking ??= this.read().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async read(): Promise<void> {
    const entry = await this.runs.find(this.id);
    const run = readableRun(entry.glance);
    this.watchFiles(entry.place.dir);
    const known = this.folds.size;
    const by = trainedBy(entry.glance.workers);
    const changed = run.folds.flatMap((plan, i) =>
      this.readFold(entry, run, plan, entry.glance.folds[i], by.get(plan.id)),
    );
    const folds = run.folds.map(({ id }) => this.folds.get(id)!.fold);
    const workers = liveWorkers(entry.glance.workers);
    const live = { run: listingOf(entry), folds, workers };
    const pace = paceOf(folds);
    if (known > 0 && known < folds.length) this.send('folds', live);
    else if (known > 0) for (const fold of changed) this.send('fold', fold);
    const before = this.workers;
    this.workers = JSON.stringify(workers);
    const isNew = changed.length > 0 || this.workers !== before;
    if (isNew || this.snapshot === null) this.snapshot = JSON.stringify(live);
    const busy = isNew || live.run.state === 'training' || live.run.state === 'elsewhere';
    this.quiet = busy ? QUIET : this.quiet + 1;
    if (this.quiet < QUIET) return;
    this.quiet = 0;
    this.send('progress', { run: live.run, ...pace, workers });
  }

  private readFold(
    entry: TableEntry,
    run: RunFile,
    plan: FoldPlan,
    glance: FoldGlance,
    remote: TrainedBy | undefined,
  ): LiveFold[] {
    const { dir } = entry.place;
    const { log, record } = foldFiles(dir, plan.id);
    const stamp = [
      glance.state,
      stampOf(log),
      stampOf(record),
      remote?.worker.id,
      remote?.fold.imagesPerSecond,
    ].join();
    if (this.folds.get(plan.id)?.stamp === stamp) return [];
    const fold = liveFold(dir, run, plan, remote);
    this.folds.set(plan.id, { stamp, fold });
    return [fold];
  }

  /** File events only make a look come sooner, so that a system without them does as well. */
  private watchFiles(dir: string): void {
    if (this.watcher) return;
    try {
      this.watcher = watch(join(dir, 'folds'), { persistent: false }, () => {
        clearTimeout(this.soon);
        this.soon = setTimeout(() => this.lookAgain(), SOON);
      });
      this.watcher.on('error', () => this.watcher?.close());
    } catch {
      // The folder does not exist yet, or the system has no more watchers.
    }
  }
}
