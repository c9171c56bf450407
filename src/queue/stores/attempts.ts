/** Repeated attempts with growing, random pauses, so that many machines do not come back at the same moment. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Pauses {
  /** Milliseconds after the first attempt in which further attempts start. Default a minute. */
  readonly patience?: number;
  /** The longest first pause in milliseconds, which doubles with each attempt. Default 200. */
  readonly pause?: number;
}

const LONGEST_PAUSE = 10_000;

/**
 * Pauses before the attempts of one call.
 * @param signal ends a pause
 */
export class Attempts {
  /** Attempts that have failed. */
  failed = 0;
  private readonly began = performance.now();

  constructor(
    private readonly pauses: Pauses = {},
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Waits for the next attempt.
   * @param least milliseconds that the other side asks for
   * @returns false, at once, if patience would end before the next attempt
   * @throws the reason of the signal
   */
  async next(least = 0): Promise<boolean> {
    const { patience = 60_000, pause = 200 } = this.pauses;
    const most = Math.min(pause * 2 ** this.failed++, LONGEST_PAUSE);
    const wait = Math.max(Math.random() * most, Math.min(least, 3 * LONGEST_PAUSE));
    if (performance.now() - this.began + wait > patience) return false;
    await sleep(wait, undefined, { signal: this.signal }).catch(() => this.signal?.throwIfAborted());
    return true;
  }
}
