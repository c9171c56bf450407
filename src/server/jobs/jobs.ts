/** What is computed from a run, in a worker thread (worker.ts). */

import { svgToPng } from '../../figures/png.js';
import { classesCsv } from '../../report/csv.js';
import { zeroShotCsv } from '../../report/zero-shot-csv.js';
import { loadRun, type RunData } from '../../statistics/load.js';
import { type Summary, summarise } from '../../statistics/summary.js';
import { LexelError } from '../../util/errors.js';
import { classImages } from '../evidence/class-images.js';
import { runComparison } from '../evidence/run-comparison.js';
import { type RunResults, runResults } from '../evidence/run-results.js';
import { suggestedWords } from '../map/map-words.js';
import { mapFile, RunMap } from '../map/run-map.js';
import type { RunComparison } from '../messages/compare.js';
import type { MapWords, MapWordsRequest, Vocabulary } from '../messages/map-words.js';
import type { ClassImages, Results } from '../messages/results.js';
import type { HeadlineNumber } from '../messages/runs.js';
import { openWords } from '../opened.js';
import { headlineNumbers } from '../run-list/headline.js';

export interface JobOptions {
  readonly dir: string;
  /** The run with its present folds (src/server/run-list/summary-cache.ts). */
  readonly key: string;
  /** Default: the network's own. */
  readonly reading?: string;
  /** Directory that is searched first for data sets. */
  readonly dataDir?: string;
  /** Whether images are shown; else the data set is not opened. */
  readonly images: boolean;
}

/** A run with what was computed from it. */
interface Loaded {
  readonly id: string;
  readonly data: RunData;
  summary?: Summary;
  results?: Promise<RunResults>;
  /** By fold. */
  readonly maps: Map<string, RunMap>;
}

/** The run that was loaded last: its jobs mostly follow one another. */
let loaded: Loaded | undefined;

function load({ dir, key, reading }: JobOptions): Loaded {
  const id = `${key} ${reading ?? ''}`;
  if (loaded?.id !== id) loaded = { id, data: loadRun(dir, reading), maps: new Map() };
  return loaded;
}

function summaryOf(options: JobOptions): Summary {
  const own = load(options);
  own.summary ??= summarise(own.data);
  return own.summary;
}

/** The summary as JSON, and its headline for the list of runs. */
function summaryFile(options: JobOptions): { json: string; headline: HeadlineNumber[] } {
  const summary = summaryOf(options);
  return { json: JSON.stringify(summary), headline: headlineNumbers(summary) };
}

function resultsOf(options: JobOptions): Promise<RunResults> {
  const own = load(options);
  const summary = summaryOf(options);
  const { images, dataDir } = options;
  const headline = headlineNumbers(summary);
  own.results ??= runResults(own.data, summary, { headline, images, dataDir });
  return own.results;
}

/** @throws LexelError if the run has no such figure */
async function figureOf({ name, ...options }: JobOptions & { readonly name: string }): Promise<string> {
  const { figures } = await resultsOf(options);
  if (Object.hasOwn(figures, name)) return figures[name];
  throw new LexelError(`this run has no figure ${name}`, undefined, { code: 'LEXEL_NOT_FOUND' });
}

interface MapJob extends JobOptions {
  readonly fold: string;
  /** Name of a file of the map (src/server/map/run-map.ts). */
  readonly name: string;
}

function mapOf({ fold, ...options }: JobOptions & { readonly fold: string }): RunMap {
  const { data, maps } = load(options);
  const { dataDir, images } = options;
  const map = maps.get(fold) ?? RunMap.open(data, { fold, dataDir, images });
  maps.set(fold, map);
  return map;
}

/** @throws LexelError if a map has no such file, or the run no such fold */
async function mapFileOf({ name, ...options }: MapJob): Promise<string | Uint8Array> {
  const file = await mapFile(mapOf(options), name);
  if (file !== null) return file;
  throw new LexelError(`a map has no file ${name}`, undefined, { code: 'LEXEL_NOT_FOUND' });
}

/** @throws LexelError if the run's vocabulary is not at hand */
async function mapWordsOf({
  request,
  ...options
}: JobOptions & { readonly fold: string; readonly request: MapWordsRequest }): Promise<MapWords> {
  const map = mapOf(options);
  const found = await openWords(load(options).data.run, options.dataDir);
  if ('words' in found) return map.words(found.words, request);
  throw new LexelError(found.reason, found.hint, { code: 'LEXEL_NOT_FOUND' });
}

async function vocabularyOf({
  begins,
  ...options
}: JobOptions & { readonly begins: string }): Promise<Vocabulary> {
  const found = await openWords(load(options).data.run, options.dataDir);
  if (!('words' in found)) return { words: null, missing: found };
  const { words, own } = found;
  const { source, count } = words;
  return { words: { source, count, own, suggested: suggestedWords(words, begins) }, missing: null };
}

export const JOBS = {
  summary: summaryFile,
  results: async (options: JobOptions): Promise<Results> => (await resultsOf(options)).results,
  figure: figureOf,
  figurePng: async (options: Parameters<typeof figureOf>[0]): Promise<Uint8Array> =>
    svgToPng(await figureOf(options)),
  classesCsv: (options: JobOptions): string => classesCsv(summaryOf(options).classes),
  zeroShotCsv: (options: JobOptions): string => zeroShotCsv(summaryOf(options).zeroShot),
  classImages: ({ index, ...options }: JobOptions & { readonly index: number }): Promise<ClassImages> =>
    classImages(load(options).data, index, options.dataDir),
  map: mapFileOf,
  mapWords: mapWordsOf,
  vocabulary: vocabularyOf,
  compare: ({ runs }: { readonly runs: Parameters<typeof runComparison>[0] }): RunComparison =>
    runComparison(runs),
};
export type JobName = keyof typeof JOBS;
