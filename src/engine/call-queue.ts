/** Serialises calls to one machine. */

export class CallQueue {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Runs `call` after all earlier calls have ended. */
  queue<T>(call: () => Promise<T>): Promise<T> {
    this.waiting++;
    const result = this.last.then(call).finally(() => {
      this.waiting--;
    });
    this.last = result.catch(() => {});
    return result;
  }

  /**
   * Runs `call`, or throws if an earlier call has not ended. Without this check, a loop that does not await
   * its steps would overwrite the inputs of steps that are still queued.
   * @throws Error if an earlier call has not ended
   */
  async runIfIdle<T>(call: () => Promise<T>): Promise<T> {
    if (this.waiting > 0) throw new Error('the previous call has not ended; await it first');
    return this.queue(call);
  }
}
