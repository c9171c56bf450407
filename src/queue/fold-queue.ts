/**
 * The queue of an experiment's folds, on BullMQ. It only says who trains what next, and may deliver a fold twice or lose
 * everything: results, claims and failures are in the store. A job's id is its fold, so that a fold is queued at most
 * once, however often it is added; finished and failed jobs are removed at once.
 */
import { randomUUID } from 'node:crypto';
import { type Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { FormatError } from '../util/errors.js';
import { checkRecord, jobSchema } from './records.js';

/** Begins all keys in Redis. */
export const PREFIX = 'lexel';

/** Folds added in one command. */
const BATCH = 500;

/** How many folds wait, and how many have been handed out: in training, waiting for another attempt, or at a dead worker. */
export interface QueueCounts {
  readonly waiting: number;
  readonly handedOut: number;
}

export class FoldQueue {
  private readonly queue: Queue;

  constructor(
    connection: Redis,
    readonly experiment: string,
  ) {
    this.queue = new Queue(queueName(experiment), {
      connection,
      prefix: PREFIX,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    this.queue.on('error', ignore);
  }

  /** Queues folds; those that are queued or being trained are left as they are. */
  async add(folds: readonly string[]): Promise<void> {
    for (let i = 0; i < folds.length; i += BATCH) {
      const jobs = folds.slice(i, i + BATCH);
      await this.queue.addBulk(
        jobs.map((fold) => ({ name: 'fold', data: { fold }, opts: { jobId: idOf(fold) } })),
      );
    }
  }

  async counts(): Promise<QueueCounts> {
    const { waiting = 0, active = 0 } = await this.queue.getJobCounts('waiting', 'active');
    return { waiting, handedOut: active };
  }

  /** Hands out no more folds until {@link resume}. */
  pause(): Promise<void> {
    return this.queue.pause();
  }

  resume(): Promise<void> {
    return this.queue.resume();
  }

  isPaused(): Promise<boolean> {
    return this.queue.isPaused();
  }

  /** Removes all folds that nobody trains. */
  async clear(): Promise<void> {
    await this.queue.drain(true);
  }

  close(): Promise<void> {
    return this.queue.close();
  }
}

/** A fold that was handed out to this process. */
export interface Ticket {
  readonly fold: string;
  /** @returns false if the queue has given the fold to somebody else, or lost it */
  renew(): Promise<boolean>;
  /** The fold is finished, or nobody shall train it. */
  done(): Promise<void>;
  /**
   * Somebody shall train it, after some milliseconds; does not wait for them. This process keeps the fold until then: the
   * queue could only compare the clocks of two machines, and these may differ by hours.
   */
  putBack(delay?: number): Promise<void>;
}

/** Takes folds out of an experiment's queue, and returns folds of dead workers to it. */
export class FoldTaker {
  private readonly worker: Worker;
  private readonly lock: number;
  /** Tickets that are put back later. */
  private readonly resting = new Map<JobTicket, NodeJS.Timeout>();

  /** @param lockTime milliseconds after which the fold of a dead process is handed out again, at the latest */
  constructor(connection: Redis, experiment: string, lockTime: number) {
    // The lock of a dead process expires; the check after next finds that out.
    this.lock = Math.round(0.6 * lockTime);
    this.worker = new Worker(queueName(experiment), null, {
      connection,
      prefix: PREFIX,
      autorun: false,
      lockDuration: this.lock,
      stalledInterval: Math.round(0.2 * lockTime),
      maxStalledCount: Number.MAX_SAFE_INTEGER, // the store counts
    });
    this.worker.on('error', ignore);
  }

  start(): Promise<void> {
    return this.worker.startStalledCheckTimer();
  }

  private async next(token: string): Promise<Job | undefined> {
    try {
      return await this.worker.getNextJob(token, { block: false });
    } catch (error) {
      // BullMQ parses a job before it says which one it is.
      if (![SyntaxError, TypeError, RangeError].some((kind) => error instanceof kind)) throw error;
      throw new FormatError(`queue ${this.worker.name}`, `has a damaged job: ${(error as Error).message}`);
    }
  }

  /** @returns null if no fold waits @throws FormatError for a job that is not of Lexel */
  async take(): Promise<Ticket | null> {
    const token = randomUUID();
    const job = await this.next(token);
    if (!job) return null;
    try {
      const from = `job ${job.id} of queue ${this.worker.name}`;
      const { fold } = checkRecord(from, job.data, jobSchema);
      return new JobTicket(job, token, this.lock, fold, (ticket, delay) => this.rest(ticket, delay));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      await job.moveToCompleted('', token, false); // not a job of Lexel
      throw error;
    }
  }

  /** Keeps a ticket for some milliseconds, and puts it back. */
  private rest(ticket: JobTicket, delay: number): void {
    const end = performance.now() + delay;
    const next = () => {
      const left = end - performance.now();
      if (left > 0) {
        this.resting.set(ticket, setTimeout(next, Math.min(left, this.lock / 4)));
        ticket.renew().catch(ignore);
      } else {
        this.resting.delete(ticket);
        ticket.putBack().catch(ignore); // its lock expires
      }
    };
    next();
  }

  /** Tickets that rest are put back at once. */
  async close(): Promise<void> {
    const tickets = [...this.resting];
    this.resting.clear();
    for (const [, timer] of tickets) clearTimeout(timer);
    await Promise.allSettled(tickets.map(([ticket]) => ticket.putBack()));
    await this.worker.close(true);
  }
}

class JobTicket implements Ticket {
  constructor(
    private readonly job: Job,
    private readonly token: string,
    private readonly lock: number,
    readonly fold: string,
    private readonly rest: (ticket: JobTicket, delay: number) => void,
  ) {}

  async renew(): Promise<boolean> {
    return (await this.job.extendLock(this.token, this.lock)) === 1;
  }

  async done(): Promise<void> {
    await unlessGone(this.job.moveToCompleted('', this.token, false));
  }

  async putBack(delay = 0): Promise<void> {
    if (delay > 0) this.rest(this, delay);
    else await unlessGone(this.job.moveToWait(this.token));
  }
}

/** A job whose lock is lost belongs to somebody else, or is gone: there is nothing to move. */
async function unlessGone(moved: Promise<unknown>): Promise<void> {
  try {
    await moved;
  } catch (error) {
    if (!/missing (key|lock)|not in the|lock mismatch/i.test((error as Error).message)) throw error;
  }
}

const queueName = (experiment: string) => `folds-${experiment}`;

/** BullMQ refuses ids that contain a colon or are whole numbers. */
const idOf = (fold: string) => `fold-${encodeURIComponent(fold)}`;

/** Errors of the connection are reported by the connection itself (redis.ts). */
const ignore = () => {};
