/** Runs asynchronous calls one after another. */

import { LexelError } from './errors.js';

export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Runs `call` after all earlier calls have ended. */
  queue<T>(call: () => Promise<T>): Promise<T> {
    this.waiting++;
    const turn = this.last.then(call).finally(() => {
      this.waiting--;
    });
    this.last = turn.catch(() => {});
    return turn;
  }

  /**
   * Runs `call`; throws if an earlier call is still running or waiting. Otherwise a loop that does not await its steps
   * would overwrite the inputs of waiting calls.
   * @throws LexelError if an earlier call has not ended
   */
  async take<T>(call: () => Promise<T>): Promise<T> {
    if (this.waiting > 0) throw new LexelError('the previous call has not ended; await it first');
    return this.queue(call);
  }
}
