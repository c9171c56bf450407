/**
 * The runs below a folder. Requests name a run by its id, which is looked up here: no part of an address ever becomes a
 * part of a path.
 */

import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findRuns } from '../../crossval/runs.js';
import { LexelError } from '../../util/errors.js';
import type { HeadlineNumber, RunListing } from '../messages/runs.js';
import { headlineNumbers } from './headline.js';
import { type Glance, glanceRun, type RunPlace, withHeadline } from './listing.js';
import { reportedHeadline } from './reported-headline.js';
import { type ResultCache, type RunKey, runKey, stampOf } from './summary-cache.js';

/** A run and what its list entry was made from. */
export interface TableEntry {
  readonly place: RunPlace;
  readonly glance: Glance;
  readonly key: RunKey;
  readonly headline: readonly HeadlineNumber[] | null;
}

interface Cached extends TableEntry {
  /** Changes with everything that the entry of a finished run is made from. */
  readonly stamp: string;
}

/** Name of the cached headline of a run. */
const HEADLINE = 'headline.json';

/** Milliseconds of reading before other requests get a turn. */
const SLICE = 10;

export class RunTable {
  /** The folder of runs, absolute and without links. */
  readonly root: string;
  private entries = new Map<string, Cached>();
  /** Computed while the studio runs, which also serves where the cache cannot be written. */
  private readonly headlines = new Map<RunKey, readonly HeadlineNumber[]>();
  private reading: Promise<void> | null = null;

  constructor(
    folder: string,
    private readonly cache: ResultCache,
  ) {
    this.root = realOf(folder);
  }

  /** The list, as of now. */
  async list(): Promise<RunListing[]> {
    await this.refresh();
    return [...this.entries.values()].map(listingOf);
  }

  /** All runs, as of the last look. */
  async all(): Promise<readonly TableEntry[]> {
    await this.refresh();
    return [...this.entries.values()];
  }

  /** The run as of now. @throws LexelError if there is none, or no longer */
  async find(id: string): Promise<TableEntry> {
    if (!this.entries.has(id)) await this.refresh();
    const known = this.entries.get(id);
    const entry = known && this.look(known.place);
    if (entry && stampOf(join(entry.place.dir, 'run.json')) !== '') {
      this.entries.set(id, entry);
      return entry;
    }
    this.entries.delete(id);
    throw new LexelError(
      'there is no run at this address',
      'It may have been moved or deleted; go to the list of runs.',
      {
        code: 'LEXEL_NOT_FOUND',
      },
    );
  }

  /** The run at a path below the folder of runs. @throws LexelError if there is none */
  async findPath(path: string): Promise<TableEntry> {
    await this.refresh();
    const found = [...this.entries.values()].find(({ place }) => place.path === path);
    if (found) return found;
    throw new LexelError(`there is no run ${path}`, undefined, { code: 'LEXEL_NOT_FOUND' });
  }

  /** Keeps a computed headline for the list. */
  keepHeadline(key: RunKey, headline: readonly HeadlineNumber[]): void {
    this.headlines.set(key, headline);
    this.cache.write(key, HEADLINE, JSON.stringify(headline));
  }

  /** Reads what has changed. Calls at the same time share one look. */
  private refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async read(): Promise<void> {
    const entries = new Map<string, Cached>();
    let began = performance.now();
    for (const dir of findRuns(this.root)) {
      const place = this.placeOf(dir, entries);
      entries.set(place.id, this.look(place));
      if (performance.now() - began < SLICE) continue;
      await nextTurn();
      began = performance.now();
    }
    this.entries = entries;
  }

  private look(place: RunPlace): Cached {
    const { dir } = place;
    const before = this.entries.get(place.id);
    const stamp = ['run.json', 'folds', 'report', join('report', 'summary.json')]
      .map((name) => stampOf(join(dir, name)))
      .join();
    // What changes without a trace in these times are the logs and the processes of an unfinished run, and the cache.
    const settled = before?.glance.listing.state === 'finished' && before.stamp === stamp;
    if (settled && before.headline) return before;
    const glance = settled ? before.glance : glanceRun(place, this.root);
    const key = runKey(dir, glance);
    return { place, glance, key, stamp, headline: this.headlineOf(dir, glance, key) };
  }

  private headlineOf(dir: string, glance: Glance, key: RunKey): readonly HeadlineNumber[] | null {
    if (!glance.run || glance.finished.length === 0) return null;
    const reported = reportedHeadline(dir, glance.run, glance.finished.length);
    if (reported) return headlineNumbers(reported);
    const known = this.headlines.get(key);
    if (known) return known;
    const cached = this.cache.read(key, HEADLINE);
    return cached ? (JSON.parse(cached.toString('utf8')) as HeadlineNumber[]) : null;
  }

  private placeOf(dir: string, taken: ReadonlyMap<string, unknown>): RunPlace {
    const below = relative(this.root, dir).replaceAll(sep, '/');
    const path = below || basename(dir);
    const id = runId(path, below || '.');
    let free = id;
    for (let n = 2; taken.has(free); n++) free = `${id}-${n}`;
    return { id: free, path, dir };
  }
}

export const listingOf = ({ glance, headline }: TableEntry): RunListing => withHeadline(glance, headline);

/** Letters, digits and hyphens of a run's path, and a hash that tells similar paths apart. */
function runId(name: string, path: string): string {
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 6);
  const plain = name.normalize('NFKD').replaceAll(/[^A-Za-z0-9]+/g, '-');
  return `${plain.replaceAll(/^-+|-+$/g, '').slice(0, 60)}-${hash}`;
}

/** A folder that does not exist yet has no links. */
function realOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}
