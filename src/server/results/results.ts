/** The results of runs: computed once in the worker thread, then read from the cache. */

import { LexelError } from '../../util/errors.js';
import type { JobRunner } from '../jobs/job-runner.js';
import { readableRun } from '../run-list/listing.js';
import type { RunTable, TableEntry } from '../run-list/run-table.js';
import type { ResultCache } from '../run-list/summary-cache.js';

export class Results {
  /** What is being computed: calls at the same time share it. */
  private readonly pending = new Map<string, Promise<Buffer<ArrayBuffer>>>();

  constructor(
    private readonly runs: RunTable,
    private readonly jobs: JobRunner,
    private readonly cache: ResultCache,
  ) {}

  /** summary.json of the run's finished folds. @throws LexelError if there are none, or if a file is damaged */
  summary(entry: TableEntry): Promise<Buffer<ArrayBuffer>> {
    return this.kept(entry, 'summary.json', async (options) => {
      const summary = await this.jobs.run('summary', options);
      this.runs.keepHeadline(entry.key, summary);
      return JSON.stringify(summary);
    });
  }

  private kept(
    entry: TableEntry,
    name: string,
    compute: (options: { dir: string; key: string }) => Promise<string | Uint8Array>,
  ): Promise<Buffer<ArrayBuffer>> {
    const { key, place, glance } = entry;
    readableRun(glance);
    if (glance.finished.length === 0)
      throw new LexelError('no fold of this run has finished yet', 'Its live page shows how far they are.');
    const cached = this.cache.read(key, name);
    if (cached) return Promise.resolve(cached);
    const id = `${key}/${name}`;
    const pending =
      this.pending.get(id) ??
      compute({ dir: place.dir, key })
        .then((content) => {
          this.cache.write(key, name, content);
          return Buffer.from(content as Uint8Array);
        })
        .finally(() => this.pending.delete(id));
    this.pending.set(id, pending);
    return pending;
  }
}
