/** The studio: a web app about the runs below a folder, on this machine. */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { createAdaptorServer } from '@hono/node-server';
import { LexelError } from '../util/errors.js';
import { createApp } from './app.js';
import { RunControl } from './control/run-control.js';
import { isLoopback, newToken, TOKEN_PARAMETER } from './http/guard.js';
import { JobRunner } from './jobs/job-runner.js';
import { LiveRuns } from './live/live-runs.js';
import { MissingHeadlines } from './results/missing-headlines.js';
import { Results } from './results/results.js';
import { RunTable } from './run-list/run-table.js';
import { ResultCache } from './run-list/summary-cache.js';

export interface StudioOptions {
  /** Folder of runs; it need not exist yet. */
  readonly runsDir: string;
  /** Default 127.0.0.1. Other machines reach the studio on other addresses, and then need its token. */
  readonly host?: string;
  /** Default: {@link DEFAULT_PORT}, or one of the next ports if it is taken; 0 takes any free port. */
  readonly port?: number;
  readonly allowRuns?: boolean;
  /** Directory that is searched first for data sets and word vectors. */
  readonly dataDir?: string;
  /** Folder of the results that are kept; default: in the user's cache. */
  readonly cacheDir?: string;
  /** Receives errors that are bugs in Lexel. */
  readonly onBug?: (error: unknown) => void;
}

/** The first port that is tried without `port`, and how many. */
const DEFAULT_PORT = 4177;
const TRIED = 10;

export interface RunningStudio {
  /** The address to open, with the token if one is needed. */
  readonly url: string;
  readonly runs: RunTable;
  close(): Promise<void>;
}

/**
 * Starts the studio.
 * @throws LexelError if the port is taken or the address is not one of this machine
 */
export async function startStudio(options: StudioOptions): Promise<RunningStudio> {
  const { runsDir, host = '127.0.0.1', port, allowRuns = false, onBug = () => {} } = options;
  const cache = new ResultCache(options.cacheDir);
  const runs = new RunTable(runsDir, cache);
  const jobs = new JobRunner({ onBusy: () => headlines.giveWay() });
  const headlines = new MissingHeadlines(runs, jobs, cache, onBug);
  const token = isLoopback(host) ? undefined : newToken();
  const results = new Results(runs, jobs, cache, { images: true, dataDir: options.dataDir });
  const live = new LiveRuns(runs);
  const control = allowRuns ? new RunControl(runs, options.dataDir) : undefined;
  const app = createApp({
    ...{ host, token, runs, results, live, headlines, control, onBug },
    studio: { mode: 'server', allowRuns, runsDir, images: true },
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await listenOn(server, host, port);
  // A browser takes a while to start, and the first request shares this look at the runs.
  runs.list().catch(() => {});
  cache.prune();
  const { port: own } = server.address() as AddressInfo;
  const name = nameOf(host);
  return {
    url: `http://${name}:${own}/${token ? `?${TOKEN_PARAMETER}=${token}` : ''}`,
    runs,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      live.close();
      server.closeAllConnections();
      await Promise.all([closed, headlines.close(), jobs.close(), control?.close()]);
    },
  };
}

/** The address of this machine that a browser can open. */
function nameOf(host: string): string {
  const any = host === '0.0.0.0' || host === '::';
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  const name = any ? (outside?.address ?? hostname()) : host;
  return name.includes(':') ? `[${name}]` : name;
}

async function listenOn(server: Server, host: string, port: number | undefined): Promise<void> {
  if (port !== undefined) return listen(server, host, port);
  for (let tried = 0; ; tried++) {
    try {
      return await listen(server, host, DEFAULT_PORT + tried);
    } catch (error) {
      if (!(error instanceof PortTaken) || tried + 1 >= TRIED) throw error;
    }
  }
}

class PortTaken extends LexelError {}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) => reject(notListening(error, host, port));
    server.once('error', refused);
    server.listen(port, host, () => {
      server.off('error', refused);
      resolve();
    });
  });
}

function notListening(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new PortTaken(
        `port ${port} of ${host} is taken, perhaps by another studio`,
        `Choose another port with --port, such as --port ${port + 1}; --port 0 takes any free one.`,
      );
    case 'EACCES':
      return new LexelError(`you may not listen on port ${port}`, 'Choose a port above 1023 with --port.');
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new LexelError(`${host} is not an address of this machine`, 'Give another one with --host.');
    default:
      return error;
  }
}
