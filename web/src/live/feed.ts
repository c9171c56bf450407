/**
 * A run while it trains: its folds by server-sent events. The browser reconnects by itself; where it gives up (the answer
 * is an error), the run is asked for again, until it is gone or the studio is back. Every connection starts with all folds,
 * so nothing is missed.
 */

import { type ReadonlySignal, signal } from '@preact/signals';
import {
  type LiveFold,
  type LiveRun,
  type LiveWorker,
  liveFoldSchema,
  liveProgressSchema,
  liveRunSchema,
} from '../../../src/server/messages/live.js';
import type { RunListing } from '../../../src/server/messages/runs.js';
import { PATHS } from '../../../src/server/paths.js';
import { readJson, SourceError } from '../source.js';

/** `history`: nothing changes any more, or the pages are an export. */
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'history' | 'gone';

export interface Feed {
  readonly run: RunListing;
  readonly folds: readonly LiveFold[];
  readonly imagesPerSecond: number | null;
  readonly secondsLeft: number | null;
  readonly workers: readonly LiveWorker[];
}

export interface LiveFeed {
  readonly feed: ReadonlySignal<Feed | null>;
  readonly connection: ReadonlySignal<Connection>;
  readonly fault: ReadonlySignal<SourceError | null>;
  readonly close: () => void;
}

const RETRY_MS = 1500;

/** @param serves whether there is a server with events */
export function openFeed(id: string, serves: boolean): LiveFeed {
  const feed = signal<Feed | null>(null);
  const connection = signal<Connection>('connecting');
  const fault = signal<SourceError | null>(null);
  let events: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const takeAll = ({ run, folds, workers }: LiveRun) => {
    const { imagesPerSecond = null, secondsLeft = null } = feed.peek() ?? {};
    feed.value = { run, folds, workers, imagesPerSecond, secondsLeft };
    fault.value = null;
  };
  const listen = () => {
    events = new EventSource(`api/${PATHS.events(id)}`);
    const on = (name: string, take: (data: unknown) => void) =>
      events?.addEventListener(name, ({ data }: MessageEvent<string>) => {
        connection.value = 'live';
        take(JSON.parse(data));
      });
    on('folds', (data) => takeAll(liveRunSchema.parse(data)));
    on('fold', (data) => {
      const fold = liveFoldSchema.parse(data);
      const before = feed.peek();
      if (before)
        feed.value = { ...before, folds: before.folds.map((one) => (one.id === fold.id ? fold : one)) };
    });
    on('progress', (data) => {
      const before = feed.peek();
      if (before) feed.value = { ...before, ...liveProgressSchema.parse(data) };
    });
    on('gone', () => {
      events?.close();
      connection.value = 'gone';
    });
    events.addEventListener('error', () => {
      connection.value = 'reconnecting';
      if (events?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(ask, RETRY_MS);
    });
  };
  const ask = async () => {
    try {
      takeAll(await readJson(PATHS.folds(id), liveRunSchema));
      if (closed) return;
      if (serves) listen();
      else connection.value = 'history';
    } catch (error) {
      if (closed) return;
      fault.value = error instanceof SourceError ? error : new SourceError(PATHS.folds(id), String(error));
      const lost = fault.value.status === 404 || fault.value.status === 410;
      connection.value = lost ? 'gone' : 'reconnecting';
      if (!lost) timer = setTimeout(ask, RETRY_MS);
    }
  };
  void ask();
  return {
    ...{ feed, connection, fault },
    close: () => {
      closed = true;
      events?.close();
      clearTimeout(timer);
    },
  };
}
