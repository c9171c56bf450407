// Computes all tests published in docs/RESULTS.md, with a common correction: node scripts/published-tests.mjs
// [--check]
//
// docs/results/family.json lists the runs and comparisons. Each test is computed from the records of the kept
// folds (for runs kept without records, from their classes.csv), and Holm's correction covers all of them.
// The result is docs/results/comparisons.json, with a key for every test; comments in the page cite the keys
// ("controls/control-permuted/rank"). --check compares instead of writing. A run kept as seed-<n> folders
// counts with the means of its classes over seeds.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { RESAMPLES } from '../dist/statistics/evidence/bootstrap.js';
import { comparedRows } from '../dist/statistics/evidence/compared-rows.js';
import { holm, signFlip } from '../dist/statistics/evidence/paired-test.js';
import { MEASURES } from '../dist/statistics/measures.js';
import { commonKeys, load, mean, numbers, unitsOf } from './results-page/classes-table.mjs';
import { results } from './results-page/directories.mjs';

const { check } = new Command('node scripts/published-tests.mjs')
  .description('Computes every test that docs/RESULTS.md publishes, corrected together.')
  .option('--check', 'compare with docs/results/comparisons.json instead of writing it')
  .parse()
  .opts();

function compare({ id, first, others }) {
  const own = load(first);
  return others.flatMap((name) => {
    const other = load(name);
    for (const what of ['epochs', 'normalisation'])
      if (own[what] !== other[what])
        throw new Error(`${id}: ${first} has ${what} ${own[what]} and ${name} has ${other[what]}`);
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
