/** A fold that this worker claimed from the queue and in the store. */
import { readFile } from 'node:fs/promises';
import type { Claim, FoldOutcome } from '../crossval/fold-source.js';
import { foldFiles } from '../crossval/run-file.js';
import { checkpointPrefix } from '../crossval/store.js';
import { removeFolder } from '../formats/temporary.js';
import { checkpointFiles } from '../train/checkpoint-file.js';
import type { Fold } from '../train/index.js';
import { aborting, BackOff, pause, within } from './back-off.js';
import { fill } from './fill.js';
import type { Ticket } from './fold-queue.js';
import type { OpenExperiment } from './open-experiments.js';
import type { WorkerName } from './records.js';
import { RESULT_FILES } from './records.js';
import type { StoredFold } from './stored-fold.js';
import { StoreError } from './stores/store-error.js';
import { heartbeatOf, type WorkerContext } from './worker-context.js';

/** What a worker learns about its folds, for its exit code. */
export interface WorkerTally {
  /** Folds that this worker finished. */
  finished: number;
  /** Folds that failed too often, the last time here. */
  readonly poisoned: string[];
  /** Results with other bits than another worker's. */
  readonly mismatches: string[];
}

/** Milliseconds that a fold takes to bring its checkpoint or result to the store, and to be given back, after a stop. */
const STOP_PATIENCE = 6000;

/** The least of them for giving it back. */
const LEAST_PATIENCE = 500;

/** Attempts after the first wait this long: a tenth of the lock time, twice as long after each. */
const FIRST_DELAY = 0.1;

export class QueueClaim implements Claim {
  readonly experiment: Claim['experiment'];
  readonly heartbeatEvery: number;
  private readonly loss = new AbortController();
  readonly lost = this.loss.signal;
  private renewing = false;
  private renewed = performance.now();
  private wanted: number | null = null;
  private uploading: Promise<void> = Promise.resolve();
  private stoppedAt: number | null = null;
  private readonly noteStop = () => {
    this.stoppedAt = performance.now();
  };
  /** A later claim has the fold, so that the queue must keep it. */
  private superseded = false;
  /** The last checkpoint in the store. */
  epoch: number;

  constructor(
    private readonly context: WorkerContext,
    private readonly of: OpenExperiment,
    readonly fold: Fold,
    readonly dir: string,
    private readonly ticket: Ticket,
    private readonly stored: StoredFold,
    readonly token: number,
    startEpoch: number,
    private readonly tally: WorkerTally,
    private readonly stopping: AbortSignal,
  ) {
    this.experiment = of.experiment;
    this.heartbeatEvery = heartbeatOf(context);
    this.epoch = startEpoch;
    if (stopping.aborted) this.noteStop();
    else stopping.addEventListener('abort', this.noteStop, { once: true });
  }

  /** Milliseconds that are left for the store and the queue. */
  private get patience(): number {
    if (this.stoppedAt === null) return STOP_PATIENCE;
    return Math.max(LEAST_PATIENCE, this.stoppedAt + STOP_PATIENCE - performance.now());
  }

  get experimentId(): string {
    return this.of.stored.id;
  }

  private get name(): WorkerName {
    return this.context.name;
  }

  private tell(what: string): void {
    this.context.tell(`${this.fold.id}: ${what}`);
  }

  private lose(why: string): void {
    if (this.lost.aborted) return;
    this.loss.abort();
    this.tell(`given up: ${why}`);
  }

  async heartbeat(): Promise<void> {
    if (this.renewing || this.lost.aborted) return;
    this.renewing = true;
    try {
      const renewed = await within(this.context.lockTime / 2, this.ticket.renew());
      if (renewed) this.renewed = performance.now();
      if (renewed === false) {
        // The queue lost its content, or this process was paused for longer than the lock time.
        await fill(this.context, this.of.stored);
        this.lose('the queue has handed it out again, or was emptied');
      } else if (await this.of.stored.isCancelled()) {
        this.lose('the experiment was cancelled');
      } else if (
        performance.now() - this.renewed > this.context.lockTime &&
        !(await this.stored.holds(this.token))
      ) {
        this.lose('another worker has claimed it');
      }
    } catch (error) {
      if (!(error instanceof StoreError))
        this.tell(`the lock could not be renewed: ${(error as Error).message}`);
    } finally {
      this.renewing = false;
    }
  }

  checkpointed(epoch: number): void {
    const idle = this.wanted === null;
    this.wanted = epoch;
    if (idle) this.uploading = this.upload();
  }

  /** Brings the last checkpoint to the store, until there is none that is newer. */
  private async upload(): Promise<void> {
    const files = foldFiles(this.dir, this.fold.id);
    while (this.wanted !== null && !this.lost.aborted) {
      const epoch = this.wanted;
      try {
        // The checkpoint before the log: a log that is ahead of its checkpoint does no harm.
        const checkpoint = await readFile(files.checkpoint);
        const log = await readFile(files.log);
        const kept = await this.stored.keepCheckpoint(this.token, epoch, checkpoint, log);
        if (kept) this.epoch = epoch;
        else this.lose('another worker has claimed or finished it');
      } catch (error) {
        const { message, code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT') this.tell(`the checkpoint of epoch ${epoch} is not in the store: ${message}`);
      }
      if (this.wanted === epoch) this.wanted = null;
    }
    this.wanted = null;
  }

  async commit(): Promise<void> {
    const late = new AbortController();
    const tooLate = async () => {
      await aborting(this.stopping, late.signal);
      await pause(this.patience, late.signal);
      if (!late.signal.aborted) throw this.problem('does not take the result, and the worker is stopped');
    };
    try {
      await Promise.race([this.bringResult(), tooLate()]);
    } finally {
      late.abort();
    }
  }

  private problem(what: string): StoreError {
    return new StoreError(this.context.store.name, what, { temporary: true });
  }

  private async bringResult(): Promise<void> {
    await this.uploading;
    const files = foldFiles(this.dir, this.fold.id);
    const contents = await Promise.all(RESULT_FILES.map((file) => readFile(files[file])));
    const [outputs, model, log] = contents;
    const back = new BackOff(1000, 30_000);
    for (;;) {
      try {
        const { as, mismatches } = await this.stored.commit(this.name, this.token, { outputs, model, log });
        this.superseded = as === 'superseded';
        if (as === 'result') this.tally.finished++;
        else
          this.tell(
            as === 'duplicate' ? 'another worker had finished it too' : 'another worker trains it now',
          );
        for (const other of mismatches) {
          const problem = `fold ${this.fold.id}: worker ${this.name.id} on ${this.name.host} and worker ${other.id} on ${other.host} got different bits`;
          this.tally.mismatches.push(problem);
          this.context.tell(problem);
        }
        return;
      } catch (error) {
        if (!(error instanceof StoreError && error.temporary) || this.stopping.aborted) throw error;
        this.tell(`the result is not in the store yet: ${error.message}`);
        await back.wait(this.stopping);
      }
    }
  }

  async release(outcome: FoldOutcome): Promise<void> {
    try {
      const given = this.uploading.then(() => this.giveBack(outcome)).then(() => true);
      if (!(await within(this.patience, given))) throw this.problem('the queue or the store does not answer');
    } catch (error) {
      // The lock expires, and the fold goes on elsewhere.
      this.tell(`not given back: ${(error as Error).message}`);
    }
    this.stopping.removeEventListener('abort', this.noteStop);
    await removeFolder(this.dir);
  }

  private async giveBack(outcome: FoldOutcome): Promise<void> {
    if (this.lost.aborted) {
      if (await this.of.stored.isCancelled()) await this.ticket.done();
      else if (outcome.type !== 'failed') await this.stored.releaseClaim(this.token);
      return;
    }
    // Its successor may be dead: whoever gets the fold after the lock has expired finds out.
    if (this.superseded) return;
    if (outcome.type === 'finished') return this.ticket.done();
    if (outcome.type === 'stopped') {
      await this.stored.releaseClaim(this.token);
      this.tell(`given back after epoch ${this.epoch}`);
      return this.ticket.putBack();
    }
    const { lockTime } = this.context;
    if (outcome.refused || NOT_ITS_FAULT.has(outcome.code ?? '')) {
      await this.stored.releaseClaim(this.token);
      this.tell(`given back: ${outcome.message}`);
      return this.ticket.putBack(lockTime);
    }
    const { message, hint } = outcome;
    const failure = { message, hint, worker: this.name, time: new Date().toISOString() };
    const failures = await this.stored.addFailure(this.token, failure);
    if (failures < this.of.attempts) {
      this.tell(`failed (attempt ${failures} of ${this.of.attempts}): ${message}`);
      return this.ticket.putBack(FIRST_DELAY * lockTime * 2 ** (failures - 1));
    }
    await this.stored.poison(failure);
    this.tally.poisoned.push(this.fold.id);
    this.tell(`failed ${failures} times, not tried again: ${message}`);
    return this.ticket.done();
  }
}

/** Errors of this machine or of the store: another worker, or this one later, may do better. */
const NOT_ITS_FAULT = new Set(['LEXEL_SYSTEM', 'LEXEL_STORE', 'LEXEL_MEMORY', 'LEXEL_LOCKED']);

/** Where the checkpoints of a claim are downloaded to, the last one first. */
export function checkpointTargets(dir: string, fold: string): readonly [string, string] {
  return checkpointFiles(checkpointPrefix(dir, fold));
}
