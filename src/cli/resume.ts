/**
 * `--resume`: run.json determines what is trained. Other options on the command line must match it, so that a resumed
 * run never mixes two configurations.
 */

import { join } from 'node:path';
import type { Command } from 'commander';
import {
  protocolFolds,
  type RunFile,
  readRunFile,
  reopenExperiment,
  seedRuns,
  selectFolds,
} from '../crossval/index.js';
import { checkNoFolderOfRuns } from '../crossval/runs.js';
import { UsageError } from '../util/errors.js';
import { nameKey } from '../util/names.js';
import { shellWord } from '../util/shell.js';
import { execute } from './execute.js';
import { worse } from './failures.js';
import { dryRun, tellForecast } from './forecast.js';
import { endedBySigterm, INTERRUPTED } from './interrupt.js';
import { attemptsOf } from './loo-options.js';
import { RunAnswers } from './run-answer.js';
import { AUGMENT_FLAGS, CONFIG_FLAGS, type LooFlags, type TrainingFlags } from './training-options.js';

/** Options that may differ from run.json: they do not change the results, or are checked elsewhere. */
const FREE = new Set([
  ...['resume', 'dryRun', 'dataDir', 'workers', 'threads', 'allowDrift', 'retry', 'backend', 'json'],
  ...['classes', 'folds', 'shard', 'strict', 'allowShort', 'maxMemory', 'arrayJob', 'attempts'],
  ...['allowEqualTargets', 'superclasses'],
]);

/** Resumes a run directory, or all runs in a directory of `--seeds`. @returns the exit code */
export async function resume(command: Command, name: 'train' | 'loo'): Promise<number> {
  const flags = command.opts<TrainingFlags & Partial<LooFlags>>();
  const attempts = attemptsOf(flags);
  const answers = new RunAnswers(flags.json);
  let worst = 0;
  for (const dir of runsIn(flags.resume!)) {
    const run = readRunFile(dir);
    checkSame(command, run, dir);
    const reopened = await (attempts === undefined
      ? reopenExperiment(dir, flags)
      : endedBySigterm(() => reopenExperiment(dir, flags)));
    const experiment = { ...reopened, folds: chosenFolds(flags, run, dir) };
    const planned = { ...flags, dirs: [dir] };
    if (flags.dryRun) {
      await dryRun(experiment, planned, answers);
      continue;
    }
    await tellForecast(experiment, planned);
    const how = { ...flags, attempts, command: name, onAnswer: answers.onAnswer };
    worst = worse(worst, await execute(dir, experiment, how));
    if (worst === INTERRUPTED) break;
  }
  answers.print();
  return worst;
}

/** @throws UsageError if `dir` is a folder of unrelated runs, not of `--seeds`: those are resumed one at a time */
function runsIn(dir: string): string[] {
  const seeds = seedRuns(dir);
  if (seeds.length > 0) return seeds.map((name) => join(dir, name));
  checkNoFolderOfRuns(dir, 'resume', { option: '--resume' });
  return [dir];
}

/** @throws UsageError naming the first option whose value differs from the run's */
function checkSame(command: Command, run: RunFile, dir: string): void {
  const flags = command.opts<TrainingFlags & Partial<LooFlags>>();
  const refuse = (flag: string, given: unknown, kept: unknown) => {
    throw new UsageError(
      `${flag} ${given}: ${dir} was started ${kept === undefined ? 'without it' : `with ${JSON.stringify(kept)}`}`,
      `leave ${flag} out to resume the run as it is, or start another run with --out`,
    );
  };
  const skipBroken = run.dataset.skipped !== undefined;
  const top: Record<string, unknown> = { ...run, ...run.config, skipBroken };
  for (const option of command.options) {
    const key = option.attributeName();
    if (FREE.has(key) || command.getOptionValueSource(key) !== 'cli') continue;
    const given = (flags as unknown as Record<string, unknown>)[key];
    const flag = option.long ?? option.flags;
    if (key === 'out') refuse(flag, given, dir);
    else if (Object.hasOwn(CONFIG_FLAGS, key)) {
      const kept = run.config[CONFIG_FLAGS[key as keyof typeof CONFIG_FLAGS]];
      if (kept !== given) refuse(flag, given, kept);
    } else if ((AUGMENT_FLAGS as readonly string[]).includes(key)) {
      const kept = run.config.augment[key as (typeof AUGMENT_FLAGS)[number]];
      if (kept !== given) refuse(flag, given, kept);
    } else if (key === 'holdout') {
      const kept = run.folds[0].heldOut.map((c) => run.dataset.classes[c]);
      const keys = (names: readonly string[]) => [...new Set(names.map(nameKey))].sort().join();
      if (keys(given as string[]) !== keys(kept)) refuse(flag, given, kept);
    } else if (key === 'seeds') {
      if (!(given as number[]).includes(run.seed)) refuse(flag, given, run.seed);
    } else if (key !== 'alias' && key !== 'onMissing') {
      const kept = top[key];
      if (kept !== given) refuse(flag, given, kept);
    }
  }
}

/** The run's folds, or the subset selected by --classes, --folds and --shard. */
function chosenFolds(flags: Partial<LooFlags>, run: RunFile, dir: string): RunFile['folds'] {
  const { classes, folds, shard } = flags;
  if (classes === undefined && folds === undefined && shard === undefined) return run.folds;
  const all = protocolFolds(run.protocol, run.dataset, run.seed);
  return selectFolds(all, { classes, folds, shard }, run.dataset.classes).map(({ id }) => {
    const found = run.folds.find((fold) => fold.id === id);
    if (found) return found;
    throw new UsageError(
      `fold ${id} is not one of the ${run.folds.length} folds of ${dir}`,
      `to add folds to the run, repeat its whole command with --out ${shellWord(dir)} instead of --resume`,
    );
  });
}
