/** api/runs/ID/events: the changes of a run as server-sent events. */

import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { HttpFault } from '../http/faults.js';
import type { LiveRuns } from './live-runs.js';
import type { LiveEvent } from './run-follower.js';

/** Clients at the same time. */
const MOST_CLIENTS = 1000;

/** Events that wait for a slow client. It is then disconnected, and gets the present state when it connects again. */
const MOST_WAITING = 500;

/** Milliseconds after which a browser connects again. */
const RETRY = 2000;

export function liveRoute(live: LiveRuns): (c: Context) => Promise<Response> {
  let clients = 0;
  return async (c) => {
    if (clients >= MOST_CLIENTS) throw new HttpFault(503, `${clients} clients watch runs already`);
    const client = new Client();
    const leave = await live.watch(c.req.param('id') ?? '', (event) => client.push(event));
    if (c.req.method === 'HEAD') {
      leave();
      return c.body(null, 200, { 'content-type': 'text/event-stream' });
    }
    clients++;
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => client.close());
      try {
        for (let event = await client.next(); event; event = await client.next()) {
          await stream.writeSSE({ event: event.name, data: event.data, retry: RETRY });
        }
      } finally {
        clients--;
        leave();
      }
    });
  };
}

/** The events that wait for a client. */
class Client {
  private readonly waiting: LiveEvent[] = [];
  private closed = false;
  private wake = () => {};

  push(event: LiveEvent): void {
    this.waiting.push(event);
    if (this.waiting.length > MOST_WAITING) this.close();
    this.wake();
  }

  close(): void {
    this.closed = true;
    this.wake();
  }

  /** Null after the last event. */
  async next(): Promise<LiveEvent | null> {
    if (!this.closed && this.waiting.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.closed) return null;
    const event = this.waiting.shift()!;
    if (event.name === 'gone') this.closed = true;
    // The loop of the route sends this event before it asks for the next.
    return event;
  }
}
