/** Numbers of the runs in docs/results, computed from their records. Each is computed once. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { compareRuns, loadRun, overSeeds, summarise } from '../../dist/statistics/index.js';
import { directoriesOf, results } from './directories.mjs';
import { once } from './once.mjs';

export const has = (name) => existsSync(join(results, name));

/** The run, or its first seed. */
export const load = once((name, reading) => loadRun(directoriesOf(name)[0], reading));

/** What `lexel report` computes of the run, or of its first seed. */
export const summary = once((name, reading) => summarise(load(name, reading)));

/** Each statistic's mean over seeds, with an interval over superclasses and seeds. */
export const pooled = once((name, reading) =>
  overSeeds(directoriesOf(name).map((dir) => loadRun(dir, reading))),
);

/** `lexel compare` of runs, on folds that all have. */
export const compare = once((names, options = {}) =>
  compareRuns(
    names.map((name) => join(results, name)),
    options,
  ),
);

/** Seeds of a run. */
export const seedsOf = (name) => directoriesOf(name).length;

/** A JSON file, which may be compressed. */
export const json = once((name) => {
  const file = join(results, name);
  const content = existsSync(file) ? readFileSync(file) : brotliDecompressSync(readFileSync(`${file}.br`));
  return JSON.parse(content.toString());
});
