/** Writes the studio as files: for a web host, or as one page. */

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../formats/index.js';
import { UsageError } from '../../util/errors.js';
import { createApp } from '../app.js';
import { findPages, pagesFolder } from '../http/pages.js';
import { JobRunner } from '../jobs/job-runner.js';
import { LiveRuns } from '../live/live-runs.js';
import { Results } from '../results/results.js';
import { RunTable } from '../run-list/run-table.js';
import { ResultCache } from '../run-list/summary-cache.js';
import type { ExportedFile, LeftOut } from './app-files.js';
import { Exporter, type ExporterOptions } from './exported-files.js';
import { singleFile } from './single-file.js';

export interface ExportOptions extends ExporterOptions {
  readonly runsDir: string;
  /** Folder for a web host. */
  readonly folder?: string;
  /** One page. */
  readonly file?: string;
  /** Whether images of the data sets are exported. */
  readonly images: boolean;
  readonly dataDir?: string;
  readonly cacheDir?: string;
}

export interface Exported {
  /** What was written: the page of the folder, or the file. */
  readonly written: readonly string[];
  readonly bytes: number;
  readonly runs: number;
  readonly leftOut: readonly LeftOut[];
}

/** @throws UsageError if the folder contains something else than an export */
export async function exportStudio(options: ExportOptions): Promise<Exported> {
  const { runsDir, folder, file, images, dataDir } = options;
  if (folder !== undefined) checkFolder(folder);
  const cache = new ResultCache(options.cacheDir);
  const runs = new RunTable(runsDir, cache);
  const jobs = new JobRunner();
  let bug: unknown;
  const app = createApp({
    ...{ host: 'localhost', runs, live: new LiveRuns(runs) },
    results: new Results(runs, jobs, cache, { images, dataDir }),
    studio: { mode: 'export', allowRuns: false, runsDir, images },
    onBug: (error) => {
      bug = error;
    },
  });
  const exporter = new Exporter(app, options);
  const files: ExportedFile[] = [];
  try {
    for await (const one of exporter.files()) files.push(one);
  } catch (error) {
    throw bug ?? error;
  } finally {
    await jobs.close();
  }
  let bytes = 0;
  const written: string[] = [];
  if (folder !== undefined) {
    bytes += writeFolder(folder, files);
    written.push(join(folder, 'index.html'));
  }
  if (file !== undefined) {
    const page = singleFile(join(pagesFolder(), '..', 'studio-single'), files);
    writeFileAtomic(file, [page]);
    bytes += Buffer.byteLength(page);
    written.push(file);
  }
  return { written, bytes, runs: (await runs.all()).length, leftOut: exporter.leftOut };
}

/** What an export consists of; an earlier one is replaced. */
const PARTS = ['index.html', 'assets', 'api'];

function checkFolder(folder: string): void {
  if (!existsSync(folder)) return;
  const strange = readdirSync(folder).find((name) => !PARTS.includes(name));
  if (strange === undefined) return;
  throw new UsageError(
    `${folder} contains something else than an export: ${strange}`,
    'Name a new or an empty folder with --export.',
  );
}

/** @returns the bytes written */
function writeFolder(folder: string, files: readonly ExportedFile[]): number {
  for (const part of PARTS) rmSync(join(folder, part), { recursive: true, force: true });
  let bytes = 0;
  const write = (path: string, content: Uint8Array) => {
    writeFileAtomic(join(folder, path), [content]);
    bytes += content.length;
  };
  for (const { path, content } of files) write(join('api', path), content);
  for (const page of findPages().values()) write(page.path, readFileSync(page.file));
  return bytes;
}
