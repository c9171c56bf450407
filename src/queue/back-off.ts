/** Waiting after errors that may pass: each time twice as long, with some chance so that processes do not act in step. */
import { setTimeout as sleep } from 'node:timers/promises';

export class BackOff {
  private failures = 0;

  /** @param first, longest milliseconds */
  constructor(
    private readonly first: number,
    private readonly longest: number,
  ) {}

  /** Waits, longer after each call since the last {@link reset}; returns at once when the signal is aborted. */
  async wait(signal?: AbortSignal): Promise<void> {
    const most = Math.min(this.longest, this.first * 2 ** this.failures++);
    await pause(most * (0.5 + Math.random() / 2), signal);
  }

  reset(): void {
    this.failures = 0;
  }
}

/** Waits; returns early when the signal is aborted. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** The result of `work`, or undefined if it has none after some milliseconds; its errors are passed on. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([work, pause(milliseconds, timer.signal).then(() => undefined)]);
  } finally {
    timer.abort();
  }
}

/** Resolves when a signal is aborted, or `over` is, after which nothing listens any more. */
export function aborting(signal: AbortSignal, over: AbortSignal): Promise<void> {
  if (signal.aborted || over.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end);
      over.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end);
    over.addEventListener('abort', end);
  });
}
