/** `lexel slurm-script`: prints an array job of Slurm that trains the folds of a run. */

import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { checkExperimentOptions, prepareExperiment } from '../crossval/index.js';
import { writeFileAtomic } from '../formats/atomic.js';
import { UsageError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import { commandLine } from './context.js';
import { addLooOptions, attemptsOf } from './loo-options.js';
import { slurmScript, WARNING } from './slurm-script-text.js';
import { print, printRaw } from './terminal.js';
import { experimentOptions, type LooFlags, type TrainingFlags } from './training-options.js';
import { whole } from './values.js';

interface SlurmFlags extends TrainingFlags, LooFlags {
  tasks?: number;
  time?: string;
  cpus: number;
  mem?: string;
  partition?: string;
  jobName: string;
  script?: string;
}

/** Options of `lexel loo` that the script sets itself, or that answer instead of training. */
const UNFIT: Readonly<Record<string, string>> = {
  shard: 'every task gets its own shard; --tasks sets their number',
  resume: 'give the options of the run with its --out: the tasks begin, join or resume it',
  dryRun: 'use it with lexel loo',
  queue: 'submit workers of the queue instead: lexel worker',
  store: 'the tasks share the directory of --out',
  storeData: 'the tasks share the directory of --out',
  detach: 'sbatch returns at once',
  json: 'the tasks write logs; lexel report DIR --json answers when they have ended',
};

/** Most tasks, since the index of a task must be below MaxArraySize, by default 1001. */
const MOST_TASKS = 1000;

export function slurmScriptCommand(command: Command): void {
  const words: string[] = [];
  addLooOptions(command);
  // The words of the options of `lexel loo`, as typed.
  for (const option of command.options) {
    const flag = option.long!;
    command.on(`option:${option.name()}`, (value: string | null | undefined) => {
      if (value === null || value === undefined) words.push(flag);
      else words.push(...(value.startsWith('-') ? [`${flag}=${value}`] : [flag, value]));
    });
  }
  command
    .option(
      '--tasks <n>',
      'number of tasks; the data are then not read (default: one for each fold)',
      whole(1),
    )
    .option('--time <limit>', 'time limit of a task, as for sbatch, such as 04:00:00', timeLimit)
    .option('--cpus <n>', 'CPUs of a task', whole(1), 1)
    .option('--mem <size>', 'memory of a task, as for sbatch, such as 4G', matching(/^\d+[KMGT]?$/i, '4G'))
    .option('--partition <name>', 'partition', matching(/^[\w.,+-]+$/, 'long'))
    .option('--job-name <name>', 'name of the job', matching(/^[\w.+-]+$/, 'poster'), 'lexel')
    .option('--script <file>', 'write the script to this file instead of printing it')
    .addHelpText(
      'after',
      '\nThe other options are those of lexel loo, and the tasks use them. Add options of sbatch when you submit the script.' +
        '\n\nExample:\n  lexel slurm-script --data cifar-100 --words glove --out runs/poster --time 04:00:00 --script poster.sh' +
        '\n  sbatch --account=me poster.sh',
    )
    .action(async () => {
      const flags = command.opts<SlurmFlags>();
      for (const [name, instead] of Object.entries(UNFIT)) {
        const option = command.options.find((one) => one.attributeName() === name);
        if (command.getOptionValueSource(name) === 'cli')
          throw new UsageError(`${option!.long} cannot be used in a job`, instead);
      }
      if (flags.out === undefined)
        throw new UsageError(
          '--out is missing',
          'name the directory of the run, on a disk that all nodes share',
        );
      attemptsOf({ ...flags, arrayJob: true });
      if (flags.tasks !== undefined) checkExperimentOptions(experimentOf(flags));
      const tasks = flags.tasks ?? (await numberOfFolds(flags));
      checkNumber(tasks);
      const script = slurmScript({
        ...{ tasks, cpus: flags.cpus, name: flags.jobName, time: flags.time },
        ...{ mem: flags.mem, partition: flags.partition, folder: resolve() },
        lexel: [process.execPath, realpathSync(process.argv[1])],
        options: words.filter((word) => word !== '--array-job'),
        parallel: parallelOptions(flags),
        command: commandLine(),
      });
      if (flags.script === undefined) return printRaw(script);
      writeFileAtomic(flags.script, [script]);
      print(`${flags.script}: ${tasks} tasks. Submit it with: sbatch ${shellWord(flags.script)}`);
    });
}

/** The number of folds. Also checks all options as `lexel loo` does. */
async function numberOfFolds(flags: SlurmFlags): Promise<number> {
  const { folds } = await prepareExperiment(experimentOf(flags));
  return folds.length;
}

const experimentOf = (flags: SlurmFlags) => {
  const { protocol, classes, folds, seeds } = flags;
  return experimentOptions(
    { ...flags, seed: seeds?.[0] ?? flags.seed },
    { protocol, selection: { classes, folds } },
    commandLine(),
  );
};

function checkNumber(tasks: number): void {
  if (tasks <= MOST_TASKS) return;
  throw new UsageError(
    `${tasks} tasks are more than an array job of Slurm takes by default (${MOST_TASKS})`,
    'give a smaller --tasks; each of them then trains several folds',
  );
}

/** How a task uses its CPUs: for several folds at once, or for the steps of one. */
function parallelOptions({ tasks, workers, threads }: SlurmFlags): string[] {
  const all = '"$SLURM_CPUS_PER_TASK"';
  if (workers !== undefined) return [];
  if (tasks !== undefined) return ['--workers', all];
  return ['--workers', '1', ...(threads === undefined ? ['--threads', all] : [])];
}

/** A parser for a value that goes into a line of the script as it is. */
function matching(form: RegExp, example: string): (text: string) => string {
  return (text) => {
    if (form.test(text)) return text;
    throw new InvalidArgumentError(`Write it as sbatch takes it, such as ${example}.`);
  };
}

/** Least time limit in minutes: of a shorter one, little would be left after the signal. */
const LEAST_MINUTES = Math.ceil(WARNING / 60) + 3;

/** Parses the limits that sbatch takes: M, M:S, H:M:S, D-H, D-H:M, D-H:M:S. */
function timeLimit(text: string): string {
  const [, days, clock] = /^(?:(\d+)-)?(\d+(?::\d{1,2}){0,2})$/.exec(text) ?? [];
  if (clock === undefined) throw new InvalidArgumentError('Write it as 04:00:00 or 1-12 (days-hours).');
  const parts = clock.split(':').map(Number);
  const [hours, minutes, seconds] =
    days !== undefined || parts.length === 3 ? parts : [0, parts[0], parts[1] ?? 0];
  const total = Number(days ?? 0) * 1440 + hours * 60 + (minutes ?? 0) + (seconds ?? 0) / 60;
  if (total >= LEAST_MINUTES) return text;
  throw new InvalidArgumentError(`It must be at least ${LEAST_MINUTES} minutes.`);
}
