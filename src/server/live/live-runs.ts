/** The runs that are watched: one follower for each, however many clients watch it. */

import type { RunTable } from '../run-list/run-table.js';
import { type Listener, RunFollower } from './run-follower.js';

export class LiveRuns {
  private readonly followers = new Map<string, RunFollower>();

  constructor(private readonly runs: RunTable) {}

  /**
   * Watches a run. The listener first gets its present state.
   * @returns stops watching
   * @throws LexelError if there is no such run, or if it cannot be read
   */
  async watch(id: string, listener: Listener): Promise<() => void> {
    await this.runs.find(id);
    const follower = this.followers.get(id) ?? new RunFollower(this.runs, id);
    this.followers.set(id, follower);
    const leave = () => {
      if (follower.remove(listener) && this.followers.get(id) === follower) this.followers.delete(id);
    };
    try {
      await follower.add(listener);
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  /** Stops all followers. */
  close(): void {
    for (const follower of this.followers.values()) follower.stop();
    this.followers.clear();
  }
}
