/** The kept runs class by class, as classes.csv has them: of records, or of runs that were kept as classes.csv alone. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRunFile } from '../../dist/crossval/index.js';
import { classesCsv } from '../../dist/report/csv.js';
import { meanInterval, RESAMPLES } from '../../dist/statistics/evidence/bootstrap.js';
import { resamplingUnits } from '../../dist/statistics/evidence/units.js';
import { summariseRun } from '../../dist/statistics/index.js';
import { MEASURES } from '../../dist/statistics/measures.js';
import { directoriesOf } from './directories.mjs';
import { once } from './once.mjs';

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Lines of a run's classes.csv by label. Labels with quotes have no place among the published ones.
 * @param {string} [reading] default the network's own
 */
function readClasses(dir, reading) {
  const file = join(dir, 'classes.csv');
  const kept = reading === undefined && !existsSync(join(dir, 'folds')) && existsSync(file);
  const text = kept
    ? readFileSync(file, 'utf8')
    : classesCsv(summariseRun(dir, { permutations: 1, resamples: 1, reading }).classes);
  if (text.includes('"')) throw new Error(`${dir}: quoted fields are not read`);
  const [head, ...lines] = text.split('\r\n').filter(Boolean);
  const columns = head.split(',');
  const records = lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]]));
  });
  return new Map(records.map((record) => [`${record.fold}/${record.label}`, record]));
}

/** The kept runs of a name: one, or one a seed. "run@reading" is a run measured by another reading than its own. */
export const load = once((name) => {
  const [run, reading] = name.split('@');
  const dirs = directoriesOf(run);
  const runs = dirs.map((each) => readRunFile(each));
  return {
    name,
    seed: runs[0].seed,
    epochs: runs[0].config.epochs,
    folds: runs[0].folds.length,
    normalisation: runs[0].normalisation,
    records: dirs.every((dir) => existsSync(join(dir, 'folds'))),
    seeds: dirs.map((each) => readClasses(each, reading)),
    hashes: runs.map(({ dataset }) => dataset.hash),
    /** Labels that a fold holds out; ranks among them compare only within equal groups. */
    groups: runs.map(
      ({ folds, dataset }) =>
        new Map(
          folds.map(({ id, heldOut }) => [
            id,
            heldOut
              .map((c) => dataset.classes[c])
              .sort()
              .join(),
          ]),
        ),
    ),
  };
});

/** "fold/label" that every seed of every run has. @throws where these were held out in other groups, or of other images */
export function commonKeys(runs) {
  const [first] = runs;
  const hashes = new Set(runs.flatMap((run) => run.hashes));
  if (hashes.size > 1) throw new Error(`${runs.map(({ name }) => name).join(', ')} are of different images`);
  const keys = [...first.seeds[0].keys()].filter((key) =>
    runs.every(({ seeds }) => seeds.every((classes) => classes.has(key))),
  );
  for (const fold of new Set(keys.map((key) => key.split('/')[0]))) {
    const groups = new Set(runs.flatMap((run) => run.groups.map((of) => of.get(fold))));
    if (groups.size > 1) throw new Error(`${runs.map(({ name }) => name).join(', ')}: ${fold} differs`);
  }
  return keys;
}

/**
 * What is resampled of the classes that are kept, numbered by the names of classes and superclasses.
 *
 * @param {(place: number) => boolean} [keep]
 */
export function unitsOf(run, all, keep = () => true) {
  const keys = all.filter((_, i) => keep(i));
  const records = keys.map((key) => run.seeds[0].get(key));
  const labels = [...new Set(records.map(({ label }) => label))];
  const names = [...new Set(records.map(({ superclass }) => superclass))];
  const superclassOf = labels.map((label) =>
    names.indexOf(records.find((r) => r.label === label).superclass),
  );
  return resamplingUnits(
    records.map(({ label }) => ({ target: labels.indexOf(label) })),
    names.includes('') ? [] : superclassOf,
  );
}

/** A column's numbers, means over seeds; NaN where a class has none, null where a run has not kept the column. */
export function numbers(run, keys, column) {
  if (run.seeds.some((classes) => !(column in classes.get(keys[0])))) return null;
  const lists = run.seeds.map((classes) =>
    keys.map((key) => {
      const cell = classes.get(key)[column];
      return cell === '' ? Number.NaN : Number(cell);
    }),
  );
  return keys.map((_, i) => mean(lists.map((list) => list[i])));
}

export const labelOf = (key) => key.slice(key.indexOf('/') + 1);

/** A measure by label, means over seeds: for runs that hold out the same classes in other groups. */
export function byLabel(run, measure) {
  const keys = commonKeys([run]);
  const values = numbers(run, keys, MEASURES[measure].column);
  return new Map(keys.map((key, i) => [labelOf(key), values[i]]));
}

/** The measure of `second` less that of `first`, paired by label, with an interval over superclasses. */
export function pairedByLabel(first, second, measure) {
  const [own, other] = [first, second].map((run) => byLabel(run, measure));
  const all = commonKeys([first]);
  const keep = (i) => other.has(labelOf(all[i]));
  const differences = all
    .filter((_, i) => keep(i))
    .map((key) => other.get(labelOf(key)) - own.get(labelOf(key)));
  const units = unitsOf(first, all, keep);
  const options = { seed: first.seed, resamples: RESAMPLES };
  return {
    classes: differences.length,
    units: units.count,
    mean: mean(differences),
    interval: meanInterval(differences, units, options),
  };
}
