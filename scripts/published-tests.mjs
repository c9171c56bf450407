// Every test that docs/RESULTS.md publishes, corrected together: node scripts/published-tests.mjs [--check]
//
// docs/results/family.json lists the runs and comparisons. Each is computed again from the records of the kept folds (of runs that
// were kept without, from their classes.csv), Holm's correction goes over all of them, and docs/results/comparisons.json holds what came out: a key for every test, as the page's comments
// cite them ("controls/control-permuted/rank"). --check compares instead of writing. A run kept as seed-<n> folders counts with
// its classes' means over seeds.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { RESAMPLES } from '../dist/statistics/evidence/bootstrap.js';
import { comparedRows } from '../dist/statistics/evidence/compared-rows.js';
import { holm, signFlip } from '../dist/statistics/evidence/paired-test.js';
import { MEASURES } from '../dist/statistics/measures.js';
import { commonKeys, load, mean, numbers, results, unitsOf } from './results-page/classes-table.mjs';

const { check } = new Command('node scripts/published-tests.mjs')
  .description('Computes every test that docs/RESULTS.md publishes, corrected together.')
  .option('--check', 'whether docs/results/comparisons.json is what comes out')
  .parse()
  .opts();

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

/** The tests of a run by itself, as its report has them. */
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

/** Measures that a comparison could not have, since a run was kept before there were such. */
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
    'docs/results/comparisons.json is not what the kept results give: node scripts/published-tests.mjs',
  );
  process.exit(1);
}
