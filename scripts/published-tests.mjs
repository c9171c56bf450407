// Computes all tests published in docs/RESULTS.md, with a common correction: node scripts/published-tests.mjs
// [--check]
//
// docs/results/family.json lists the runs and comparisons. Each test is computed from the records of the kept
// folds (for runs kept without records, from their classes.csv), and Holm's correction covers all of them.
// The result is docs/results/comparisons.json, with a key for every test; comments in the page cite the keys
// ("controls/control-permuted/rank"). --check compares instead of writing. A run kept as seed-<n> folders
// counts with the means of its classes over seeds.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { readRunFile } from '../dist/crossval/index.js';
import { classesCsv } from '../dist/report/csv.js';
import { RESAMPLES } from '../dist/statistics/evidence/bootstrap.js';
import { comparedRows } from '../dist/statistics/evidence/compared-rows.js';
import { holm, signFlip } from '../dist/statistics/evidence/paired-test.js';
import { resamplingUnits } from '../dist/statistics/evidence/units.js';
import { summariseRun } from '../dist/statistics/index.js';
import { MEASURES } from '../dist/statistics/measures.js';

const results = fileURLToPath(new URL('../docs/results/', import.meta.url));
const { check } = new Command('node scripts/published-tests.mjs')
  .description('Computes every test that docs/RESULTS.md publishes, corrected together.')
  .option('--check', 'compare with docs/results/comparisons.json instead of writing it')
  .parse()
  .opts();

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Lines of a run's classes.csv by label. Quoted fields are not supported, because no published label has
 * quotes.
 */
function readClasses(dir) {
  const file = join(dir, 'classes.csv');
  const text = existsSync(file)
    ? readFileSync(file, 'utf8')
    : classesCsv(summariseRun(dir, { permutations: 1, resamples: 1 }).classes);
  if (text.includes('"')) throw new Error(`${dir}: quoted fields are not read`);
  const [head, ...lines] = text.split('\r\n').filter(Boolean);
  const columns = head.split(',');
  const records = lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]]));
  });
  return new Map(records.map((record) => [`${record.fold}/${record.label}`, record]));
}

/** The kept runs of a name: a single one, or one per seed. */
function load(name) {
  const dir = join(results, name);
  const seeds = readdirSync(dir).filter((entry) => /^seed-\d+$/.test(entry));
  const dirs = seeds.length > 0 ? seeds.map((seed) => join(dir, seed)) : [dir];
  const runs = dirs.map((each) => readRunFile(each));
  return {
    name,
    seed: runs[0].seed,
    seeds: dirs.map(readClasses),
    hashes: runs.map(({ dataset }) => dataset.hash),
    /** Labels that a fold holds out; ranks among them are comparable only within equal groups. */
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
}

/**
 * "fold/label" for all classes that every seed of every run has. @throws Error if they were held out in other
 * groups or the images differ
 */
function commonKeys(runs) {
  const [first] = runs;
  const hashes = new Set(runs.flatMap((run) => run.hashes));
  if (hashes.size > 1) throw new Error(`${runs.map(({ name }) => name).join(', ')} have different images`);
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
 * The resampling units of the kept classes, numbered by the names of classes and superclasses.
 *
 * @param {(place: number) => boolean} [keep]
 */
function unitsOf(run, all, keep = () => true) {
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

/**
 * A column's numbers, averaged over seeds; NaN for classes without a number, null if a run lacks the column.
 */
function numbers(run, keys, column) {
  if (run.seeds.some((classes) => !(column in classes.get(keys[0])))) return null;
  const lists = run.seeds.map((classes) =>
    keys.map((key) => {
      const cell = classes.get(key)[column];
      return cell === '' ? Number.NaN : Number(cell);
    }),
  );
  return keys.map((_, i) => mean(lists.map((list) => list[i])));
}

function compare({ id, first, others }) {
  const own = load(first);
  return others.flatMap((name) => {
    const other = load(name);
    const keys = commonKeys([own, other]);
    const rows = comparedRows(
      [own, other].map((run) => (measure) => numbers(run, keys, MEASURES[measure].column)),
      (keep) => unitsOf(own, keys, keep),
      { seed: own.seed, resamples: RESAMPLES },
    );
    return rows.flatMap(({ measure, values, units, differences: [, found] }) => {
      if (!found) notKept.push(`${id}/${name}/${measure}`);
      return found
        ? [
            {
              key: `${id}/${name}/${measure}`,
              ...{ classes: keys.length, by: units.by, units: units.count, values },
              difference: found.mean,
              interval: found.interval,
              detectable: found.detectable,
              p: found.p,
            },
          ]
        : [];
    });
  });
}

/** The tests of a single run, as in its report. */
function own(name) {
  const run = load(name);
  const keys = commonKeys([run]);
  const units = unitsOf(run, keys);
  const column = (of) => numbers(run, keys, of);
  const [initial, final, meanVector] = ['initial_loss', 'final_loss', 'mean_vector_loss'].map(column);
  const tests = {
    'below-untrained': initial.map((loss, i) => loss - final[i]),
    'below-mean-vector': meanVector.map((loss, i) => loss - final[i]),
    'calibrated-skill': column('calibrated_skill'),
  };
  return Object.entries(tests).map(([test, differences]) => ({
    key: `runs/${name}/${test}`,
    ...{ classes: keys.length, by: units.by, units: units.count },
    difference: mean(differences),
    p: signFlip(differences, units, run.seed)?.p ?? null,
  }));
}

/** Measures missing from a comparison because a run was kept by a version without them. */
const notKept = [];
const family = JSON.parse(readFileSync(join(results, 'family.json'), 'utf8'));
const tests = [...family.runs.flatMap(own), ...family.comparisons.flatMap(compare)];
const corrected = holm(tests.map(({ p }) => p));
const content = {
  format: 'lexel-published-tests',
  version: 1,
  about: `Sign-flip tests, two-sided; pHolm: Holm's correction over all ${tests.length}.`,
  notKept,
  tests: tests.map((test, i) => ({ ...test, pHolm: corrected[i] })),
};
const file = join(results, 'comparisons.json');
const text = `${JSON.stringify(content, null, 2)}\n`;
if (!check) {
  writeFileSync(file, text);
  console.log(`${tests.length} tests are in ${file}`);
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  console.error(
    'docs/results/comparisons.json does not match the kept results; run node scripts/published-tests.mjs',
  );
  process.exit(1);
}
