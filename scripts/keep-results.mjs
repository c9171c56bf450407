// Keeps what is small of runs beside docs/RESULTS.md: node scripts/keep-results.mjs RUN... [--to docs/results]
//
// Of each run directory docs/results/<its name>/ gets run.json, and of its report summary.json and classes.csv; the report
// is written first where it is missing or older than a fold. A .json file, such as one of `lexel analogies --json`, is
// copied as it is. NAME=RUN keeps a run under another name.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { readRun } from '../dist/crossval/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'bin', 'lexel.js');
const program = new Command('node scripts/keep-results.mjs')
  .description('Copies run.json, summary.json and classes.csv of runs to where the documents keep them.')
  .argument('<runs...>', 'run directories, NAME=RUN to rename, or .json files')
  .option('--to <dir>', 'where to', join(root, 'docs', 'results'))
  .parse();
const { to } = program.opts();

const time = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

function keepRun(name, dir) {
  const { folds } = readRun(dir);
  const unfinished = folds.filter((fold) => !fold.finished).map(({ id }) => id);
  if (unfinished.length > 0) {
    console.error(`keep-results: ${dir} is not finished: ${unfinished.join(', ')}`);
    return false;
  }
  const report = join(dir, 'report');
  const newest = Math.max(...folds.map(({ files }) => time(files.log)));
  if (time(join(report, 'summary.json')) < newest || !existsSync(join(report, 'classes.csv'))) {
    const made = spawnSync(process.execPath, [bin, 'report', dir], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (made.status !== 0) return false;
  }
  const place = join(to, name);
  mkdirSync(place, { recursive: true });
  copyFileSync(join(dir, 'run.json'), join(place, 'run.json'));
  for (const file of ['summary.json', 'classes.csv']) copyFileSync(join(report, file), join(place, file));
  console.log(`${dir} is kept in ${place}`);
  return true;
}

function keepFile(file) {
  mkdirSync(to, { recursive: true });
  copyFileSync(file, join(to, basename(file)));
  console.log(`${file} is kept in ${to}`);
  return true;
}

let good = true;
for (const spec of program.args) {
  const [, given, path] = /^(?:([\w.-]+)=)?(.+)$/.exec(spec);
  try {
    const kept = path.endsWith('.json') ? keepFile(path) : keepRun(given ?? basename(resolve(path)), path);
    good = kept && good;
  } catch (error) {
    console.error(`keep-results: ${error.message}`);
    good = false;
  }
}
process.exit(good ? 0 : 1);
