/** One call after another on one machine. */

export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Runs `call` when every call before it has ended. */
  queue<T>(call: () => Promise<T>): Promise<T> {
    this.waiting++;
    const turn = this.last.then(call).finally(() => {
      this.waiting--;
    });
    this.last = turn.catch(() => {});
    return turn;
  }

  /**
   * Runs `call`, or refuses while another one is at work. A loop that does not wait for its steps would replace the inputs of
   * those that wait for their turn.
   * @throws Error when a call before has not ended
   */
  async take<T>(call: () => Promise<T>): Promise<T> {
    if (this.waiting > 0) throw new Error('the call before has not ended; await it first');
    return this.queue(call);
  }
}
