// The experiments of docs/RESULTS.md, so that anyone can run them again: node scripts/experiments.mjs --out DIR
//
// Runs are executed one after another, each in its own directory under --out. A finished run is skipped and
// an unfinished one is resumed, so repeating the command continues the whole. Ctrl-C (or SIGTERM) stops the
// current run after its current step. --dry-run prints the commands; --rehearse shortens every run to one
// epoch of 2,000 images. --keep DIR stores every fold as a record as soon as it has finished, so that losing
// the machine loses no finished fold: a run directory copied from there can be resumed
// (docs/RUN-DIRECTORY.md).
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { readRun } from '../dist/crossval/index.js';
import { keepRun } from '../dist/statistics/index.js';
import { ANALOGIES_OF, argumentsOf, epochsOf, RUNS } from './experiments/plan.mjs';

const STEPS = [...new Set(RUNS.map(({ step }) => step)), 'analogies'];
const bin = fileURLToPath(new URL('../bin/lexel.js', import.meta.url));

const list = (text) => text.split(',').filter(Boolean);
const program = new Command('node scripts/experiments.mjs')
  .description(`Runs the experiments of docs/RESULTS.md, in steps: ${STEPS.join(', ')}.`)
  .requiredOption('--out <dir>', 'where the run directories go')
  .option('--only <names>', 'some steps, or runs by name, comma-separated', list)
  .option('--data-dir <dir>', 'the first directory to search for images and word vectors')
  .option('--keep <dir>', 'directory for records of finished folds, such as docs/results')
  .option('--allow-drift', 'resume runs that another backend, instruction set or build started')
  .option('--rehearse', 'one epoch of 2,000 images per fold, to check that everything works')
  .option('--dry-run', 'print the commands without running them')
  .parse();
const options = program.opts();
const out = options.out.replace(/\/+$/, '');

const analogies = (of) => {
  const name = `analogies-${of.replaceAll('/', '-')}`;
  return { step: 'analogies', name, file: join(out, `${name}.json`), of };
};
const all = [...RUNS, ...ANALOGIES_OF.map(analogies)];
const dirOf = (name) => join(out, name);

/** The arguments of `lexel` for the next step of a run; null if it is finished. */
function next(job) {
  const { name, folds } = job;
  const dir = dirOf(name);
  const cores = folds.length > 1 ? ['--workers', '2'] : ['--workers', '1', '--threads', '2'];
  const data = [
    ...(options.dataDir ? ['--data-dir', options.dataDir] : []),
    ...(options.allowDrift ? ['--allow-drift'] : []),
  ];
  const whole = [...argumentsOf(job, options.rehearse), ...cores, ...data, '--out', dir];
  if (!existsSync(join(dir, 'run.json'))) return whole;
  const there = readRun(dir);
  const { recipe, control, protocol, seed, config } = there.run;
  const found = {
    recipe,
    ranking: config.ranking,
    control,
    protocol,
    seed,
    net: config.net,
    init: config.init,
  };
  const { epochs } = config;
  const expected = { recipe: 'poster', seed: 0, net: 'lite', init: 'default', ...job };
  for (const [key, value] of Object.entries({ ...found, epochs })) {
    const wanted = key === 'epochs' ? epochsOf(job, options.rehearse) : expected[key];
    if ((value ?? undefined) !== wanted) {
      throw new Error(`${dir} contains a run with ${key} ${value}, not ${wanted}; use another --out`);
    }
  }
  const finished = new Map(there.folds.map((fold) => [fold.id, fold.finished]));
  if (folds.every((id) => finished.get(id))) return null;
  // Only the whole command can add folds that the run does not contain yet.
  const command = folds.every((id) => finished.has(id)) ? ['loo', '--resume', dir, ...cores, ...data] : whole;
  // Repeating the command retries failed folds.
  return [...command, '--retry'];
}

let stopping = false;

/**
 * Runs `lexel` and waits for it. It gets its own process group, so that a Ctrl-C in the terminal reaches it
 * only once, through this script; a second signal would end it immediately.
 * @returns the exit code, and stdout if `capture` is set
 */
function lexel(args, capture = false) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], {
      stdio: ['ignore', capture ? 'pipe' : 'inherit', 'inherit'],
      detached: true,
    });
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    const forward = () => {
      stopping = true;
      child.kill('SIGINT');
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 1), text });
    });
  });
}

const shown = (args) =>
  ['lexel', ...args].map((word) => (/^[\w./:=,+-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');

/** Interval in milliseconds at which finished folds are kept while a run trains. */
const KEEP_INTERVAL = 60_000;

/**
 * Keeps the folds that have finished since the last call. Errors are printed and do not stop the training.
 */
function keepFinished({ name, readings }) {
  const dir = dirOf(name);
  if (!options.keep || options.dryRun || !existsSync(join(dir, 'run.json'))) return;
  const { allowDrift } = options;
  try {
    const { added, unusable } = keepRun(dir, options.keep, { name, partial: true, allowDrift, readings });
    for (const id of added) console.log(`# ${name}: ${id} kept in ${options.keep}`);
    for (const { id, reason } of unusable) console.error(`# ${name}: ${id} cannot be kept: ${reason}`);
  } catch (error) {
    console.error(`# ${name} could not be kept: ${error.message}`);
  }
}

async function train(job) {
  const args = next(job);
  console.log(`\n# ${job.name}${args ? '' : ': finished'}`);
  if (args) console.log(shown(args));
  const timer = args && options.keep && setInterval(() => keepFinished(job), KEEP_INTERVAL);
  try {
    return options.dryRun || !args ? 0 : (await lexel(args)).code;
  } finally {
    clearInterval(timer);
    keepFinished(job);
  }
}

/** What is published of an analogies file: its groups as wholes, not each question and section. */
function withoutQuestions(text) {
  const { questions: _, models: __, ...rest } = JSON.parse(text);
  const groups = rest.groups.map(({ each: _, sections: __, ...group }) => group);
  return `${JSON.stringify({ ...rest, groups })}\n`;
}

async function measure({ name, file, of }) {
  const keep = () => {
    if (!options.keep || options.dryRun) return;
    mkdirSync(options.keep, { recursive: true });
    writeFileSync(join(options.keep, basename(file)), withoutQuestions(readFileSync(file, 'utf8')));
  };
  if (existsSync(file)) {
    console.log(`\n# ${name}: finished`);
    keep();
    return 0;
  }
  const data = options.dataDir ? ['--data-dir', options.dataDir] : [];
  const args = ['analogies', '--model', dirOf(of), ...data, '--json'];
  console.log(`\n# ${name}\n${shown(args)} > ${file}`);
  if (options.dryRun) return 0;
  const job = RUNS.find((run) => run.name === of);
  if (!existsSync(join(dirOf(of), 'run.json')) || next(job)) {
    console.log('Skipped: the run is not finished.');
    return 0;
  }
  const { code, text } = await lexel(args, true);
  if (code !== 0) return code;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
  keep();
  return 0;
}

const only = options.only;
const unknown = only?.find((name) => !STEPS.includes(name) && !all.some((job) => job.name === name));
if (unknown !== undefined) {
  console.error(`experiments: no step or run "${unknown}"; steps: ${STEPS.join(', ')}`);
  console.error(`  runs: ${all.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const jobs = all.filter(({ step, name }) => !only || only.includes(step) || only.includes(name));
const failed = [];
try {
  for (const job of jobs) {
    const began = Date.now();
    const code = await ('file' in job ? measure(job) : train(job));
    if (stopping || code === 130) {
      console.error('\nStopped. Repeat the command to continue.');
      process.exit(130);
    }
    if (code !== 0) failed.push(job.name);
    else if (Date.now() - began > 5000) {
      console.log(`# ${job.name} took ${((Date.now() - began) / 60_000).toFixed(1)} min`);
    }
  }
} catch (error) {
  console.error(`experiments: ${error.message}`);
  process.exit(1);
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}. Repeat the command to retry them.`);
  process.exit(1);
}
