/**
 * Computes the headlines that the list of runs lacks: in the background, one run at a time, the newest first. A request for
 * results stops the computation, which begins again when no request computes anything.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { LexelError } from '../../util/errors.js';
import { faultOf } from '../http/faults.js';
import { JobRunner } from '../jobs/job-runner.js';
import type { HeadlineWork, RunListing, RunState } from '../messages/runs.js';
import { problemOf } from '../run-list/listing.js';
import { listingOf, type RunTable, type TableEntry } from '../run-list/run-table.js';
import type { ResultCache, RunKey } from '../run-list/summary-cache.js';
import { Results } from './results.js';

/** Milliseconds without a job of a request before the next headline is computed. */
const QUIET = 300;

/** Runs that no process changes. */
const SETTLED: ReadonlySet<RunState> = new Set(['finished', 'unfinished', 'failed']);

export class MissingHeadlines {
  private readonly jobs = new JobRunner({ lowPriority: true });
  private readonly results: Results;
  /** Runs without a headline, as of the last list, in their order. */
  private missing = new Map<RunKey, TableEntry>();
  private readonly computed = new Set<RunKey>();
  private readonly problems = new Map<RunKey, string>();
  private computing: RunKey | null = null;
  private working = false;
  /** Whether a request has computed something since the last quiet moment. */
  private disturbed = true;
  private closed = false;

  /**
   * @param requests computes what is asked for; when it becomes busy, it must call {@link giveWay}
   * @param onBug receives errors that are bugs in Lexel
   */
  constructor(
    private readonly runs: RunTable,
    private readonly requests: JobRunner,
    cache: ResultCache,
    private readonly onBug: (error: unknown) => void,
  ) {
    this.results = new Results(runs, this.jobs, cache, { images: false });
  }

  /** The list of runs. What it lacks is computed from now on. */
  async list(): Promise<RunListing[]> {
    const entries = await this.runs.all();
    const lacking = entries.filter(lacksHeadline);
    // A headline may have been computed since the look at its run.
    const open = lacking.filter(({ key }) => !this.problems.has(key) && !this.computed.has(key));
    open.sort(newestFirst);
    this.missing = new Map(open.map((entry) => [entry.key, entry]));
    void this.work();
    const works = new Map(lacking.map((entry) => [entry, this.workOf(entry)]));
    return entries.map((entry) => ({ ...listingOf(entry), headlineWork: works.get(entry) }));
  }

  /** Stops computing until requests have been idle for a moment. */
  giveWay(): Promise<void> {
    this.disturbed = true;
    return this.jobs.close();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.giveWay();
  }

  private workOf({ key }: TableEntry): HeadlineWork {
    const problem = this.problems.get(key);
    if (problem !== undefined) return { state: 'failed', problem };
    return { state: key === this.computing ? 'computing' : 'waiting' };
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    while (this.missing.size > 0) {
      while (this.disturbed) {
        this.disturbed = this.requests.busy;
        await sleep(QUIET, undefined, { ref: false });
      }
      const [entry] = this.missing.values();
      if (this.closed) return;
      if (entry) await this.compute(entry);
    }
    this.working = false;
    // The thread keeps the run that it loaded last.
    await this.jobs.close();
  }

  private async compute(entry: TableEntry): Promise<void> {
    const { key, place } = entry;
    this.computing = key;
    try {
      await this.results.headline(entry);
      this.computed.add(key);
    } catch (error) {
      if (this.disturbed) return;
      this.problems.set(key, this.problemOf(error, place.dir));
    } finally {
      this.computing = null;
    }
    this.missing.delete(key);
  }

  private problemOf(error: unknown, dir: string): string {
    if (error instanceof LexelError) return problemOf(error, dir);
    const { message, hint } = faultOf(error, this.onBug).fault;
    return `${message}. ${hint}`;
  }
}

function lacksHeadline({ headline, glance: { finished, listing } }: TableEntry): boolean {
  return headline === null && finished.length > 0 && SETTLED.has(listing.state);
}

function newestFirst(a: TableEntry, b: TableEntry): number {
  const [one, other] = [a, b].map(({ glance }) => glance.listing.settings?.created ?? '');
  return one < other ? 1 : one > other ? -1 : 0;
}
