// The experiments of docs/RESULTS.md, so that anyone can run them again: node scripts/experiments.mjs --out DIR
//
// Runs are executed one after another, each in its own directory under --out. A finished run is skipped and
// an unfinished one is resumed, so repeating the command continues the whole. Ctrl-C (or SIGTERM) stops the
// current run after its current step. --dry-run prints the commands; --rehearse shortens every run to one
// epoch of 2,000 images. --keep DIR stores every fold as a record as soon as it has finished, so that losing
// the machine loses no finished fold: a run directory copied from there can be resumed
// (docs/RUN-DIRECTORY.md).
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { readRun } from '../dist/crossval/index.js';
import { BUNDLED_MODEL } from '../dist/search/open-model.js';
import { keepRun } from '../dist/statistics/index.js';
import { loadModel } from '../dist/train/index.js';
import { deriveKey, Random } from '../dist/util/random.js';

const RECIPES = ['poster', 'centred', 'unit', 'abtt', 'whitened', 'softmax'];
/** Recipes also trained with the ranking loss, at DeViSE's margin. */
const RANKED = ['poster', 'centred'];
const MARGIN = 0.1;
const CONTROLS = ['permuted', 'random', 'one-hot', 'frozen'];
/**
 * The permuted control is the most decisive one, so it runs with several permutations; each seed draws
 * another.
 */
const PERMUTATIONS = [0, 1, 2];
/** The claims about `joint` are based on these runs, paired with the same of `poster`. */
const JUDGED = ['poster', 'joint'];
const JUDGED_SEEDS = [0, 1, 2];
const STEPS = ['rotations', 'choosing', 'recipes', 'controls', 'judged', 'holdout', 'loo', 'analogies'];
const bin = fileURLToPath(new URL('../bin/lexel.js', import.meta.url));
const labels = loadModel(BUNDLED_MODEL).labels;

const list = (text) => text.split(',').filter(Boolean);
const seeds = (text) => {
  const numbers = list(text).map(Number);
  if (!numbers.every(Number.isSafeInteger)) throw new InvalidArgumentError('Numbers, such as 0,1,2.');
  return numbers;
};
/** "12": the first 12 classes of a fixed shuffled order, so that more can be added later. Or labels. */
const looClasses = (text) => {
  if (/^\d+$/.test(text)) {
    const order = new Random(deriveKey(0, 'experiments', 'loo')).shuffle([...labels]);
    return order.slice(0, Number(text));
  }
  const wrong = list(text).find((label) => !labels.includes(label));
  if (wrong !== undefined) throw new InvalidArgumentError(`CIFAR-100 has no class "${wrong}".`);
  return list(text);
};

const program = new Command('node scripts/experiments.mjs')
  .description(`Runs the experiments of docs/RESULTS.md, in steps: ${STEPS.join(', ')}.`)
  .requiredOption('--out <dir>', 'where the run directories go')
  .option('--only <names>', 'some steps, or runs by name, comma-separated', list)
  .option('--best <recipe>', 'the recipe chosen on rotation 4, which holdout also runs')
  .option('--seeds <numbers>', 'seeds of holdout', seeds, [0])
  .option('--loo <classes>', 'how many classes to hold out one by one, or which', looClasses, [])
  .option('--data-dir <dir>', 'the first directory to search for images and word vectors')
  .option('--keep <dir>', 'directory for records of finished folds, such as docs/results')
  .option('--allow-drift', 'resume runs that another backend, instruction set or build started')
  .option('--rehearse', 'one epoch of 2,000 images per fold, to check that everything works')
  .option('--dry-run', 'print the commands without running them')
  .parse();
const options = program.opts();
const out = options.out.replace(/\/+$/, '');

/**
 * One run; `folds` are the ids that must be finished.
 * @param {string} step
 * @param {string} name
 * @param {{ recipe?: string, ranking?: number, control?: string, protocol: string, which?: string[], folds: string[],
 *   epochs: number, seed?: number }} what
 */
function run(
  step,
  name,
  { recipe = 'poster', ranking, control, protocol, which = [], folds, epochs, seed = 0 },
) {
  const cores = folds.length > 1 ? ['--workers', '2'] : ['--workers', '1', '--threads', '2'];
  const args = [
    ...['loo', '--data', 'cifar-100', '--words', 'glove', '--net', 'lite', '--recipe', recipe],
    ...(ranking ? ['--ranking', String(ranking)] : []),
    ...(control ? ['--control', control] : []),
    ...['--protocol', protocol, ...which, '--epochs', String(options.rehearse ? 1 : epochs)],
    ...(options.rehearse ? ['--limit', '2000'] : []),
    ...['--seed', String(seed)],
  ];
  const dir = join(out, name);
  const expected = { recipe, ranking, control, protocol, seed, epochs: options.rehearse ? 1 : epochs };
  return { step, name, dir, args, cores, folds, expected };
}

const rotations = (step, name, numbers, epochs, what) =>
  run(step, name, {
    protocol: 'one-per-superclass',
    which: numbers.length < 5 ? ['--folds', numbers.join(',')] : [],
    folds: numbers.map((r) => `rotation-${r}`),
    epochs,
    ...what,
  });
const holdout = (recipe, seed) =>
  run('holdout', `holdout-${recipe}-seed-${seed}`, {
    recipe,
    seed,
    protocol: 'holdout:20',
    folds: [0, 1, 2, 3, 4].map((s) => `split-${s}`),
    epochs: 25,
  });
/** Image analogies of a finished run, as JSON. */
const analogies = (name) => ({
  step: 'analogies',
  name: `analogies-${name}`,
  file: join(out, `analogies-${name}.json`),
  of: join(out, name),
});

const variants = [
  ...RECIPES.map((recipe) => ({ name: recipe, recipe })),
  ...RANKED.map((recipe) => ({ name: `${recipe}-ranking`, recipe, ranking: MARGIN })),
];
const holdoutRecipes = [...new Set(['poster', ...(options.best ? [options.best] : [])])];
const holdouts = holdoutRecipes.flatMap((recipe) => options.seeds.map((seed) => holdout(recipe, seed)));
const all = [
  rotations('rotations', 'rotations-poster', [0, 1, 2, 3, 4], 25, {}),
  // Chosen on rotation 4 only; results are reported on the others.
  ...variants.map(({ name, ...what }) => rotations('choosing', `choosing-${name}`, [4], 10, what)),
  ...variants.map(({ name, ...what }) => rotations('recipes', `recipe-${name}`, [0, 1], 10, what)),
  // Paired with recipe-poster.
  ...CONTROLS.flatMap((control) =>
    control === 'permuted'
      ? PERMUTATIONS.map((seed) =>
          rotations('controls', `control-${control}/seed-${seed}`, [0, 1], 10, { control, seed }),
        )
      : [rotations('controls', `control-${control}`, [0, 1], 10, { control })],
  ),
  ...JUDGED_SEEDS.flatMap((seed) =>
    JUDGED.map((recipe) =>
      rotations('judged', `judged-${recipe}/seed-${seed}`, [0, 1, 2, 3], 25, { recipe, seed }),
    ),
  ),
  ...holdouts,
  ...(options.loo.length > 0
    ? [
        run('loo', 'loo-poster', {
          protocol: 'loo',
          which: ['--classes', options.loo.join(',')],
          folds: options.loo,
          epochs: 25,
        }),
      ]
    : []),
  ...['rotations-poster', ...holdouts.map(({ name }) => name)].map(analogies),
];

/** The arguments of `lexel` for the next step of a run; null if it is finished. */
function next({ dir, args, cores, folds, expected }) {
  const data = [
    ...(options.dataDir ? ['--data-dir', options.dataDir] : []),
    ...(options.allowDrift ? ['--allow-drift'] : []),
  ];
  const whole = [...args, ...cores, ...data, '--out', dir];
  if (!existsSync(join(dir, 'run.json'))) return whole;
  const there = readRun(dir);
  const { recipe, control, protocol, seed, config } = there.run;
  const found = {
    recipe,
    ranking: config.ranking,
    control: control ?? undefined,
    protocol,
    seed,
    epochs: config.epochs,
  };
  for (const [key, value] of Object.entries(expected)) {
    if (found[key] !== value) {
      throw new Error(`${dir} contains a run with ${key} ${found[key]}, not ${value}; use another --out`);
    }
  }
  const finished = new Map(there.folds.map((fold) => [fold.id, fold.finished]));
  if (folds.every((id) => finished.get(id))) return null;
  // Only the whole command can add folds that the run does not contain yet (a larger --loo).
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
function keepFinished({ name, dir }) {
  if (!options.keep || options.dryRun || !existsSync(join(dir, 'run.json'))) return;
  const { allowDrift } = options;
  try {
    const { added, unusable } = keepRun(dir, options.keep, { name, partial: true, allowDrift });
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

async function measure({ name, file, of }) {
  const keep = () => {
    if (!options.keep || options.dryRun) return;
    mkdirSync(options.keep, { recursive: true });
    copyFileSync(file, join(options.keep, basename(file)));
  };
  if (existsSync(file)) {
    console.log(`\n# ${name}: finished`);
    keep();
    return 0;
  }
  const data = options.dataDir ? ['--data-dir', options.dataDir] : [];
  const args = ['analogies', '--model', of, ...data, '--json'];
  console.log(`\n# ${name}\n${shown(args)} > ${file}`);
  if (options.dryRun) return 0;
  const job = all.find(({ dir }) => dir === of);
  if (!existsSync(join(of, 'run.json')) || next(job)) {
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
    const code = await (job.file ? measure(job) : train(job));
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
if (!options.best && jobs.some(({ step }) => step === 'holdout')) {
  console.log(
    '\nWithout --best, holdout runs only poster: choose the best recipe by hit@5 of the choosing-* runs.',
  );
}
if (options.loo.length === 0 && (!only || only.includes('loo'))) {
  console.log('\nWithout --loo N, no class is held out individually.');
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}. Repeat the command to retry them.`);
  process.exit(1);
}
