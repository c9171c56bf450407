/** Numbers of the runs in docs/results. Everything is computed once and again from records. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareRuns, loadRun, overSeeds, summarise } from '../../dist/statistics/index.js';

const RESULTS = fileURLToPath(new URL('../../docs/results/', import.meta.url));

function once(compute) {
  const known = new Map();
  return (...args) => {
    const key = JSON.stringify(args);
    if (!known.has(key)) known.set(key, compute(...args));
    return known.get(key);
  };
}

/** Directories of a run: one, or one for each seed. Empty where it is not kept yet. */
const directories = once((name) => {
  const dir = join(RESULTS, name);
  if (!existsSync(dir)) return [];
  if (existsSync(join(dir, 'run.json'))) return [dir];
  const seeds = readdirSync(dir).filter((entry) => /^seed-\d+$/.test(entry));
  return seeds.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5))).map((seed) => join(dir, seed));
});

export const has = (name) => directories(name).length > 0;

/** The run, or its first seed, as `loadRun` gives it. */
export const load = once((name, reading) => loadRun(first(name), reading));

const first = (name) => {
  const [dir] = directories(name);
  if (!dir) throw new Error(`docs/results has no run ${name}`);
  return dir;
};

/** What `lexel report` computes of the run, or of its first seed. */
export const summary = once((name, reading) => summarise(load(name, reading)));

/** Each statistic's mean over seeds, with an interval over superclasses and seeds. */
export const pooled = once((name, reading) =>
  overSeeds(directories(name).map((dir) => loadRun(dir, reading))),
);

/** `lexel compare` of runs, on folds that all have. */
export const compare = once((names, options = {}) => {
  for (const name of names) first(name);
  return compareRuns(
    names.map((name) => join(RESULTS, name)),
    options,
  );
});

/** Seeds of a run. */
export const seedsOf = (name) => directories(name).length;

/** A JSON file. */
export const json = once((name) => JSON.parse(readFileSync(join(RESULTS, name), 'utf8')));
