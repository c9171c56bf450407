/** `lexel loo` (alias `crossval`): a whole cross-validation, leave-one-class-out by default. */

import { existsSync, readdirSync } from 'node:fs';
import type { Command } from 'commander';
import {
  beginOrJoin,
  checkFree,
  checkJoinable,
  type Experiment,
  type ExperimentOptions,
  prepareExperiment,
} from '../crossval/index.js';
import { epochsText } from '../train/index.js';
import { shellWord } from '../util/shell.js';
import { visible } from '../util/visible.js';
import { commandLine, newRunDirectory, setCode } from './context.js';
import { execute } from './execute.js';
import { worse } from './failures.js';
import { dryRun, tellForecast } from './forecast.js';
import { tellReading } from './image-arguments.js';
import { endedBySigterm, INTERRUPTED } from './interrupt.js';
import { addLooOptions, attemptsOf } from './loo-options.js';
import { checkQueueFlags, queueLoo } from './queue-loo.js';
import { resume } from './resume.js';
import { RunAnswers } from './run-answer.js';
import { print, printError } from './terminal.js';
import { experimentOptions, type LooFlags, type TrainingFlags } from './training-options.js';
import { tellRepairs, warn } from './word-vectors.js';

export function looCommand(command: Command): void {
  addLooOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  lexel loo --data cifar-100 --words glove --epochs 25 --out runs/poster\n  lexel report runs/poster',
    )
    .action(async () => {
      const flags = command.opts<TrainingFlags & LooFlags>();
      if (flags.resume) return setCode(await resume(command, 'loo'));
      checkQueueFlags(flags);
      const attempts = attemptsOf(flags);
      const out = flags.out ?? newRunDirectory(flags.data, flags.protocol);
      checkUsable(out, flags.seeds !== undefined);
      const runs = (flags.seeds ?? [flags.seed]).map((seed) => ({
        seed,
        dir: flags.seeds ? `${out}/seed-${seed}` : out,
      }));
      const dirs = runs.map(({ dir }) => dir);
      const answers = new RunAnswers(flags.json);
      if (flags.queue !== undefined) {
        const queued = runs.map(({ seed, dir }) => ({ dir, options: optionsOf({ ...flags, seed }) }));
        setCode(await queueLoo(queued, flags, announce, answers));
        return answers.print();
      }
      let worst = 0;
      for (const { seed, dir } of flags.dryRun ? runs.slice(0, 1) : runs) {
        // The line about the first run is about all of them.
        const planned = seed === runs[0].seed ? dirs : [];
        worst = worse(worst, await runOne(dir, { ...flags, seed, attempts }, planned, answers));
        if (worst === INTERRUPTED) break;
      }
      answers.print();
      if (worst === INTERRUPTED && flags.seeds)
        printError('To continue with all seeds, run the same command again.');
      setCode(worst);
    });
}

/** Checks, before the data are read, that runs may be started or joined in `out`. @throws UsageError */
function checkUsable(out: string, seeds: boolean): void {
  if (!existsSync(out)) return;
  if (!seeds) checkJoinable(out);
  else if (!readdirSync(out).every((name) => /^(seed-\d+|report)$/.test(name))) checkFree(out);
}

function optionsOf(flags: TrainingFlags & LooFlags): ExperimentOptions {
  const { protocol, classes, folds, shard } = flags;
  return experimentOptions(flags, { protocol, selection: { classes, folds, shard } }, commandLine());
}

/** Milliseconds that a task of an array job waits while others, which start at the same time, begin or join the run. */
const ARRAY_PATIENCE = 600_000;

/** @param planned the runs that the line about time, disk and memory is about; none for no line */
async function runOne(
  dir: string,
  flags: TrainingFlags & LooFlags,
  planned: readonly string[],
  answers: RunAnswers,
): Promise<number> {
  const { attempts } = flags;
  const prepare = () => prepareExperiment(optionsOf(flags));
  const prepared = await (attempts === undefined ? prepare() : endedBySigterm(prepare));
  const options = { ...flags, dirs: planned };
  if (flags.dryRun) {
    announce(dir, prepared);
    await dryRun(prepared, options, answers);
    return 0;
  }
  const { experiment, before } = await beginOrJoin(dir, prepared, {
    ...flags,
    ...(attempts !== undefined && { patience: ARRAY_PATIENCE }),
  });
  announce(dir, experiment);
  const all = experiment.run.folds.length;
  if (before > 0) print(`Continuing the existing run: ${count(before, 'fold')}, ${all - before} added now`);
  await tellForecast(experiment, options);
  const code = await execute(dir, experiment, { ...flags, command: 'loo', onAnswer: answers.onAnswer });
  if (code === 0)
    print(`\nThe run is in ${dir}; lexel report ${shellWord(dir)} writes the report with its figures.`);
  return code;
}

/** Prints one paragraph about the experiment that starts. */
export function announce(dir: string, experiment: Experiment): void {
  const { run, folds, skipped, skippedNative, network } = experiment;
  const { reading, repairs, warnings, smallerBatch, engine } = experiment;
  const { dataset, words, config } = run;
  tellRepairs({ source: words.source, repairs });
  for (const warning of warnings) warn(visible(warning));
  print(
    `${visible(dataset.name)} (${dataset.classes.length} classes, ${dataset.trainCount} training images) to ${words.source} ` +
      `(${words.dimension} dimensions) with ${network.name} on ${engine.backend} (${engine.isa})`,
  );
  if (run.control)
    print(`Control run: ${run.control}. Compare its numbers with those of the same run without --control.`);
  if (dataset.superclassFile) {
    const { path, replaced } = dataset.superclassFile;
    const instead = replaced ? ', instead of those of the data set' : '';
    print(`${count(dataset.superclasses.length, 'superclass', 'es')} from ${path}${instead}`);
  }
  if (skippedNative) print(`The faster native backend is not used: ${skippedNative}`);
  if (reading) tellReading(reading);
  if (skipped.length > 0) print(`Left out because they have no vector: ${skipped.map(visible).join(', ')}`);
  if (smallerBatch) {
    const { batch, preset, images, fold } = smallerBatch;
    print(
      `Batch ${batch} instead of the preset's ${preset}: fold ${fold} has only ${images} training images (--batch sets another size)`,
    );
  }
  const aliased = words.labels.filter(({ via }) => via === 'alias');
  if (aliased.length > 0) {
    print(`By alias: ${aliased.map((l) => `${visible(l.label)} as ${l.words.join(' ')}`).join(', ')}`);
  }
  print(
    `${run.protocol}: ${count(folds.length, 'fold')} of ${epochsText(config)}, seed ${run.seed}, in ${dir}`,
  );
}

const count = (n: number, what: string, several = 's') => `${n} ${what}${n === 1 ? '' : several}`;
