/** Keeps what this worker does in Redis, for `lexel queue status` and the studio. */
import { FLAG_STEPS } from '../crossval/messages.js';
import type { FoldEvent } from '../train/index.js';
import { within } from './back-off.js';
import type { QueueClaim } from './queue-claim.js';
import type { Presence } from './records.js';
import { leave, tellPresence } from './registry.js';
import { heartbeatOf, type WorkerContext } from './worker-context.js';

/** Milliseconds between two updates, at most. */
const INTERVAL = 2000;

interface Running {
  readonly flags: Int32Array;
  /** Of the last epoch; 0 before the first. */
  imagesPerSecond: number;
}

export class PresenceBoard {
  private readonly running = new Map<QueueClaim, Running>();
  private readonly since = new Date().toISOString();
  private readonly timer: NodeJS.Timeout;

  /** @param cores folds that the worker trains at once */
  constructor(
    private readonly context: WorkerContext,
    private readonly cores: number,
  ) {
    this.timer = setInterval(() => void this.tell(), Math.min(INTERVAL, heartbeatOf(context)));
    void this.tell();
  }

  begin(claim: QueueClaim, flags: Int32Array): void {
    this.running.set(claim, { flags, imagesPerSecond: 0 });
    void this.tell();
  }

  event(claim: QueueClaim, event: FoldEvent): void {
    const running = this.running.get(claim);
    if (running && event.type === 'epoch' && event.seconds > 0)
      running.imagesPerSecond = event.images / event.seconds;
  }

  end(claim: QueueClaim): void {
    this.running.delete(claim);
    void this.tell();
  }

  private get presence(): Presence {
    return {
      ...this.context.name,
      cores: this.cores,
      since: this.since,
      folds: [...this.running].map(([claim, { flags, imagesPerSecond }]) => ({
        experiment: claim.experimentId,
        fold: claim.fold.id,
        token: claim.token,
        epoch: claim.epoch,
        epochs: claim.experiment.config.epochs,
        steps: Atomics.load(flags, FLAG_STEPS),
        imagesPerSecond,
      })),
    };
  }

  private async tell(): Promise<void> {
    const patience = Math.max(5 * INTERVAL, this.context.lockTime);
    try {
      await within(INTERVAL, tellPresence(this.context.redis, this.presence, patience));
    } catch {
      // It is only for people to look at.
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await within(INTERVAL, leave(this.context.redis, this.context.name.id)).catch(() => {});
  }
}
