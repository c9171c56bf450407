/** The folds of all announced experiments as a source: claimed from the queue, and in the store. */
import { join } from 'node:path';
import type { FoldSource } from '../crossval/fold-source.js';
import { foldFiles } from '../crossval/run-file.js';
import { writeFileAtomic } from '../formats/atomic.js';
import { removeFolder } from '../formats/temporary.js';
import { parseCheckpoint } from '../train/checkpoint.js';
import { FormatError } from '../util/errors.js';
import { makeFolder } from '../util/make-folder.js';
import { aborting, BackOff, pause } from './back-off.js';
import { fill } from './fill.js';
import type { Ticket } from './fold-queue.js';
import { mayPass } from './may-pass.js';
import { type OpenExperiment, OpenExperiments } from './open-experiments.js';
import { checkpointTargets, QueueClaim, type WorkerTally } from './queue-claim.js';
import { KEPT_CHECKPOINTS, MOST_CRASHES, type StoredFold } from './stored-fold.js';
import { keyPart } from './stores/keys.js';
import { heartbeatOf, pollOf, type WorkerContext } from './worker-context.js';

/** Milliseconds in which a worker that is stopped gives back a fold that it is about to claim. */
const STOP_PATIENCE = 2000;

export interface QueueSourceOptions {
  /** Milliseconds without a fold after which there is none left; default: it waits for ever. */
  readonly idle?: number;
}

export class QueueSource implements FoldSource {
  readonly experiments: OpenExperiments;
  readonly tally: WorkerTally = { finished: 0, poisoned: [], mismatches: [] };
  /** When somebody last had a fold. */
  private lastWork = performance.now();
  private claims = 0;

  constructor(
    private readonly context: WorkerContext,
    private readonly options: QueueSourceOptions = {},
  ) {
    this.experiments = new OpenExperiments(context);
  }

  async claim(signal: AbortSignal): Promise<QueueClaim | null> {
    const over = new AbortController();
    const aborted = async () => {
      await aborting(signal, over.signal);
      await pause(STOP_PATIENCE, over.signal);
      return null;
    };
    try {
      // While Redis is gone, commands wait; a worker that is stopped does not.
      return await Promise.race([this.next(signal), aborted()]);
    } finally {
      over.abort();
    }
  }

  private async next(signal: AbortSignal): Promise<QueueClaim | null> {
    const back = new BackOff(pollOf(this.context), 30_000);
    while (!signal.aborted) {
      try {
        for (const one of await this.experiments.current()) {
          const ticket = await one.taker.take();
          if (!ticket) continue;
          this.lastWork = performance.now();
          if (signal.aborted) {
            await ticket.putBack();
            return null;
          }
          const claim = await this.begin(one, ticket, signal);
          if (!claim) continue;
          this.claims++;
          if (!signal.aborted) return claim;
          await claim.release({ type: 'stopped', epoch: claim.epoch });
          return null;
        }
        back.reset();
        if (this.isIdle()) return null;
        await pause(pollOf(this.context), signal);
      } catch (error) {
        if (error instanceof FormatError) this.context.tell(`passed over: ${error.message}`);
        else if (!mayPass(error)) throw error;
        else this.context.tell(`waiting: ${(error as Error).message}`);
        await back.wait(signal);
      }
    }
    return null;
  }

  private isIdle(): boolean {
    const { idle } = this.options;
    return idle !== undefined && performance.now() - this.lastWork > idle;
  }

  /** A claim was released: from now on this worker may be idle. */
  noteWork(): void {
    this.lastWork = performance.now();
  }

  /** Claims a ticket's fold in the store. @returns null if nobody has to train it */
  private async begin(one: OpenExperiment, ticket: Ticket, signal: AbortSignal): Promise<QueueClaim | null> {
    const renewal = setInterval(() => void ticket.renew().catch(() => {}), heartbeatOf(this.context));
    let handed = false;
    try {
      const fold = await one.fold(ticket.fold);
      const stored = fold && one.stored.fold(fold.id);
      const tokens = stored && (await this.claimsOf(one, stored));
      if (!tokens) {
        handed = true;
        await ticket.done();
        return null;
      }
      const dir = join(
        this.context.scratch,
        one.stored.id,
        `${keyPart(fold.id)}-${process.pid}-${this.claims}-${Date.now()}`,
      );
      makeFolder(join(dir, 'folds'));
      const epoch = tokens.length > 0 ? await this.fetchCheckpoints(stored, dir) : 0;
      const token = await stored.claim(this.context.name, epoch, tokens);
      // This process may have been paused before the claim: then the fold is finished, or another's.
      const [finished, renewed] = await Promise.all([stored.result(), ticket.renew()]);
      if (finished || !renewed) {
        handed = true;
        await stored.releaseClaim(token);
        await removeFolder(dir);
        if (finished) await ticket.done();
        else await fill(this.context, one.stored); // the queue may have lost its content
        return null;
      }
      handed = true;
      const from = epoch > 0 ? `, from epoch ${epoch}` : '';
      this.context.tell(`${fold.id}: training${from}`);
      return new QueueClaim(this.context, one, fold, dir, ticket, stored, token, epoch, this.tally, signal);
    } finally {
      clearInterval(renewal);
      if (!handed) await ticket.putBack(this.context.lockTime / 10).catch(() => {});
    }
  }

  /** The tokens of a fold's claims; null if nobody has to train it. */
  private async claimsOf(one: OpenExperiment, stored: StoredFold): Promise<readonly number[] | null> {
    const [result, poisoned, cancelled, tokens] = await Promise.all([
      stored.result(),
      stored.poisoned(),
      one.stored.isCancelled(),
      stored.tokens(),
    ]);
    if (result || poisoned || cancelled) return null;
    const crashed = await stored.crashes(tokens);
    if (!crashed) return tokens;
    const { worker } = crashed;
    const message = `${MOST_CRASHES} workers in a row ended without a result, the last one ${worker.id} on ${worker.host}`;
    await stored.poison({ message, worker, time: new Date().toISOString() });
    this.tally.poisoned.push(stored.id);
    this.context.tell(`${stored.id}: ${message}; not tried again`);
    return null;
  }

  /** Writes the last checkpoints and the log into a folder. @returns the epoch of the last one, 0 if there is none */
  private async fetchCheckpoints(stored: StoredFold, dir: string): Promise<number> {
    const list = (await stored.checkpoints()).slice(0, KEPT_CHECKPOINTS);
    let first = 0;
    let kept = 0;
    for (const { epoch, token, stem } of list) {
      const key = `${stem}.safetensors`;
      const [bytes, log] = await Promise.all([this.context.store.get(key), stored.log(token, epoch)]);
      if (!bytes || !log) continue; // its owner has just replaced it
      try {
        parseCheckpoint(`${this.context.store.name}/${key}`, bytes);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        this.context.tell(`${stored.id}: not resumed from a checkpoint: ${error.message}`);
        continue;
      }
      writeFileAtomic(checkpointTargets(dir, stored.id)[kept++], [bytes]);
      if (first === 0) writeFileAtomic(foldFiles(dir, stored.id).log, [log]);
      first ||= epoch;
    }
    return first;
  }
}
