/** The results of runs: computed once in the worker thread, then read from the cache. */

import { LexelError } from '../../util/errors.js';
import type { JobRunner } from '../jobs/job-runner.js';
import type { JobOptions } from '../jobs/jobs.js';
import type { RunComparison } from '../messages/compare.js';
import type { MapWords, MapWordsRequest, Vocabulary } from '../messages/map-words.js';
import type { ClassImages } from '../messages/results.js';
import { readableRun } from '../run-list/listing.js';
import type { RunTable, TableEntry } from '../run-list/run-table.js';
import type { ResultCache } from '../run-list/summary-cache.js';

export type Bytes = Uint8Array<ArrayBuffer>;

/** A run, and the reading that its ranks and cosines are measured by; undefined for the network's own. */
export interface Asked {
  readonly entry: TableEntry;
  readonly reading?: string;
}

export type ResultsOptions = Pick<JobOptions, 'dataDir' | 'images'>;

/** All methods throw a LexelError if no fold of the run has finished, and a FormatError if a file is damaged. */
export class Results {
  /** What is being computed: calls at the same time share it. */
  private readonly pending = new Map<string, Promise<Bytes>>();

  constructor(
    private readonly runs: RunTable,
    private readonly jobs: JobRunner,
    private readonly cache: ResultCache,
    private readonly options: ResultsOptions,
  ) {}

  /** summary.json, as `lexel report` writes it. */
  summary(asked: Asked): Promise<Bytes> {
    return this.kept(asked, SUMMARY, (options) => this.summarise(asked, options));
  }

  /** Computes the headline of a run for the list of runs, and its summary. */
  async headline(entry: TableEntry): Promise<void> {
    checkFinished(entry);
    this.cache.write(entry.key, SUMMARY, await this.summarise({ entry }, this.optionsOf({ entry })));
  }

  private async summarise({ entry, reading }: Asked, options: JobOptions): Promise<string> {
    const { json, headline } = await this.jobs.run('summary', options);
    if (reading === undefined) this.runs.keepHeadline(entry.key, headline);
    return json;
  }

  /** results.json (src/server/messages/results.ts). */
  async results(asked: Asked): Promise<Bytes> {
    // The list of runs shows its headline from now on.
    if (asked.reading === undefined) await this.summary(asked);
    return this.kept(asked, `results${this.options.images ? '' : '-without-images'}.json`, async (options) =>
      JSON.stringify(await this.jobs.run('results', options)),
    );
  }

  figure(asked: Asked, name: string, format: 'svg' | 'png'): Promise<Bytes> {
    const job = format === 'svg' ? 'figure' : 'figurePng';
    return this.kept(asked, `${name}.${format}`, (options) => this.jobs.run(job, { ...options, name }));
  }

  csv(asked: Asked, name: 'classes' | 'zero-shot'): Promise<Bytes> {
    const job = name === 'classes' ? 'classesCsv' : 'zeroShotCsv';
    return this.kept(asked, `${name}.csv`, (options) => this.jobs.run(job, options));
  }

  /** classes/INDEX.json. It is not kept, because the data set may be found next time. */
  async classImages({ entry, reading }: Asked, index: number): Promise<ClassImages> {
    checkFinished(entry);
    if (!this.options.images) return { images: [], missing: NO_IMAGES };
    return this.jobs.run('classImages', { ...this.optionsOf({ entry, reading }), index });
  }

  /** A file of the run's map, by the network's own reading. Layouts have a cache of their own. */
  async mapFile(entry: TableEntry, fold: string, name: string): Promise<string | Bytes> {
    checkFinished(entry);
    const file = await this.jobs.run('map', { ...this.optionsOf({ entry }), fold, name });
    return file as string | Bytes;
  }

  /** Words beyond the labels on a map (src/server/messages/map-words.ts). */
  async mapWords(entry: TableEntry, fold: string, request: MapWordsRequest): Promise<MapWords> {
    checkFinished(entry);
    return this.jobs.run('mapWords', { ...this.optionsOf({ entry }), fold, request });
  }

  /** vocabulary.json. @param begins the beginning of the words to suggest */
  async vocabulary(entry: TableEntry, begins: string): Promise<Vocabulary> {
    checkFinished(entry);
    return this.jobs.run('vocabulary', { ...this.optionsOf({ entry }), begins });
  }

  /** @param entries two or more; the others are compared with the first */
  async compare(entries: readonly TableEntry[]): Promise<RunComparison> {
    for (const entry of entries) checkFinished(entry);
    return this.jobs.run('compare', { runs: entries.map(({ place: { id, dir } }) => ({ id, dir })) });
  }

  private kept(
    asked: Asked,
    name: string,
    compute: (options: JobOptions) => Promise<string | Uint8Array>,
  ): Promise<Bytes> {
    checkFinished(asked.entry);
    const { key } = asked.entry;
    const file = asked.reading === undefined ? name : `${encodeURIComponent(asked.reading)}.${name}`;
    const cached = this.cache.read(key, file);
    if (cached) return Promise.resolve(cached);
    const id = `${key}/${file}`;
    const pending =
      this.pending.get(id) ??
      compute(this.optionsOf(asked))
        .then((content) => {
          this.cache.write(key, file, content);
          return Buffer.from(content as Uint8Array);
        })
        .finally(() => this.pending.delete(id));
    this.pending.set(id, pending);
    return pending;
  }

  private optionsOf({ entry: { place, key }, reading }: Asked): JobOptions {
    return { dir: place.dir, key, reading, ...this.options };
  }
}

const SUMMARY = 'summary.json';

const NO_IMAGES = { reason: 'images were not exported', hint: 'Export again with --images.' };

function checkFinished({ glance }: TableEntry): void {
  readableRun(glance);
  if (glance.finished.length === 0)
    throw new LexelError('no fold of this run has finished yet', 'Its live page shows how far they are.');
}
