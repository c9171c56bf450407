// Keeps the small files of runs in docs/results: node scripts/keep-results.mjs RUN... [--to docs/results]
// [--partial]
//
// For each run directory, docs/results/<its name>/ gets run.json and a record of each finished fold, from
// which lexel report and lexel compare compute all numbers (docs/RUN-DIRECTORY.md). docs/results/targets/
// gets its vectors, which runs share. Files that exist are not changed, so folds can be kept as they finish
// (--partial). A directory of seeds is kept seed by seed. A .json file, such as the output of `lexel
// analogies --json`, is compressed with Brotli. NAME=RUN keeps a run under another name. If another machine's
// run of the same experiment exists under that name, the folds are added to it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { Command } from 'commander';
import { seedRuns } from '../dist/crossval/index.js';
import { keepRun } from '../dist/statistics/index.js';

const program = new Command('node scripts/keep-results.mjs')
  .description('Keeps run.json and records of runs in docs/results.')
  .argument('<runs...>', 'run directories, NAME=RUN to rename, or .json files')
  .option('--to <dir>', 'target directory', fileURLToPath(new URL('../docs/results', import.meta.url)))
  .option('--partial', 'keep the finished folds of runs that are not finished')
  .option(
    '--readings <names>',
    'also keep records by these readings, comma-separated, such as conse+reverse-ridge',
    (text) => text.split(','),
  )
  .option('--allow-drift', 'add folds that were trained by another backend, instruction set or build')
  .parse();
const { to, partial, allowDrift, readings } = program.opts();

function keep(name, run) {
  const { dir, added, before, unfinished, unusable } = keepRun(run, to, {
    name,
    partial,
    allowDrift,
    readings,
  });
  const parts = [`${added.length} fold${added.length === 1 ? '' : 's'} kept in ${dir}`];
  if (before.length > 0) parts.push(`${before.length} there before`);
  if (unfinished.length > 0) parts.push(`${unfinished.length} not finished`);
  for (const { id, reason } of unusable) parts.push(`${id} cannot be kept: ${reason}`);
  console.log(`${run}: ${parts.join('; ')}`);
}

function keepFile(file) {
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, `${basename(file)}.br`), brotliCompressSync(readFileSync(file)));
  console.log(`${file} kept in ${to}`);
}

let good = true;
for (const spec of program.args) {
  const [, given, path] = /^(?:([\w./-]+)=)?(.+)$/.exec(spec);
  const name = given ?? basename(resolve(path));
  try {
    if (path.endsWith('.json')) keepFile(path);
    else if (seedRuns(path).length > 0)
      for (const seed of seedRuns(path)) keep(`${name}/${seed}`, join(path, seed));
    else keep(name, path);
  } catch (error) {
    console.error(`keep-results: ${error.message}${error.hint ? `; ${error.hint}` : ''}`);
    good = false;
  }
}
process.exit(good ? 0 : 1);
