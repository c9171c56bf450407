/** Brings the results of an experiment from the store into a run directory. */
import { takeLocks } from '../crossval/lock.js';
import { type FoldPlan, foldFiles, readFold } from '../crossval/run-file.js';
import { appendEvent } from '../crossval/store.js';
import { writeFileAtomic } from '../formats/atomic.js';
import { FormatError } from '../util/errors.js';
import type { Poisoned } from './records.js';
import type { StoredExperiment } from './stored-experiment.js';

/** Results that are downloaded at once. */
const AT_ONCE = 4;

/** Folds whose locks are taken at once: that lists their folder. */
const BATCH = 1000;

export class Collector {
  /** Ids of the folds that the run directory lacks. */
  readonly missing: Set<string>;
  /** Folds that workers gave up, by id. */
  readonly poisoned = new Map<string, Poisoned>();
  /** Milliseconds that it last took to list what is in the store. */
  looked = 0;

  /** @param folds the folds that are wanted */
  constructor(
    private readonly stored: StoredExperiment,
    private readonly dir: string,
    private readonly folds: readonly FoldPlan[],
  ) {
    this.missing = new Set(folds.filter((fold) => !this.isFinished(fold)).map(({ id }) => id));
  }

  private isFinished(fold: FoldPlan): boolean {
    try {
      return readFold(this.dir, fold).finished;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return false; // the damaged log is replaced by the store's
    }
  }

  /** Ids of all folds that are wanted. */
  get ids(): string[] {
    return this.folds.map(({ id }) => id);
  }

  /** Whether every fold is there or was given up. */
  get done(): boolean {
    return [...this.missing].every((id) => this.poisoned.has(id));
  }

  /**
   * Writes the results that have arrived since the last call, and notes the folds that were given up.
   * @returns the folds that are new in the run directory
   * @throws StoreError if the store cannot be read; LexelError if another process trains a fold in this directory
   */
  async collect(): Promise<FoldPlan[]> {
    const start = performance.now();
    const [committed, givenUp] = await Promise.all([this.stored.committed(), this.stored.givenUp()]);
    this.looked = performance.now() - start;
    const waiting = this.folds.filter(({ id }) => this.missing.has(id) && committed.has(id));
    const arrived: FoldPlan[] = [];
    for (let i = 0; i < waiting.length; i += BATCH)
      arrived.push(...(await this.writeAll(waiting.slice(i, i + BATCH))));
    await this.notePoisoned(givenUp);
    return arrived;
  }

  /** @returns the folds that have been written */
  private async writeAll(folds: readonly FoldPlan[]): Promise<FoldPlan[]> {
    const lockOf = ({ id }: FoldPlan) => foldFiles(this.dir, id).lock;
    const release = takeLocks(
      folds.map((fold) => ({ file: lockOf(fold), what: `fold ${fold.id} of ${this.dir}` })),
    );
    const written: FoldPlan[] = [];
    const waiting = folds.values();
    const next = async () => {
      for (const fold of waiting) {
        if (await this.write(fold)) written.push(fold);
        release(lockOf(fold));
      }
    };
    try {
      const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, next));
      const broken = ends.find((end) => end.status === 'rejected');
      if (broken) throw broken.reason;
    } finally {
      for (const fold of folds) release(lockOf(fold));
    }
    return written;
  }

  private async write(fold: FoldPlan): Promise<boolean> {
    const stored = this.stored.fold(fold.id);
    const commit = await stored.result();
    if (!commit) return false;
    const content = await stored.content(commit);
    const files = foldFiles(this.dir, fold.id);
    // The log last: the files of a fold whose log has an end line are complete.
    for (const name of ['outputs', 'model', 'log'] as const) writeFileAtomic(files[name], [content[name]]);
    this.missing.delete(fold.id);
    this.poisoned.delete(fold.id);
    return true;
  }

  private async notePoisoned(now: ReadonlySet<string>): Promise<void> {
    for (const id of this.poisoned.keys()) if (!now.has(id)) this.poisoned.delete(id); // lexel queue retry
    for (const id of now) {
      if (!this.missing.has(id) || this.poisoned.has(id)) continue;
      const one = await this.stored.fold(id).poisoned();
      if (!one) continue;
      this.poisoned.set(id, one);
      appendEvent(this.dir, {
        type: 'failed',
        fold: id,
        message: one.message,
        hint: one.hint,
        time: one.time,
      });
    }
  }
}
