/** The options of `lexel loo`, which `lexel slurm-script` also checks. */

import type { Command } from 'commander';
import { ATTEMPTS } from '../crossval/index.js';
import { UsageError } from '../util/errors.js';
import { addTrainingOptions, type LooFlags, type TrainingFlags } from './training-options.js';
import { list, seeds, whole } from './values.js';

/** Adds them to a command. */
export function addLooOptions(command: Command): Command {
  command
    .option('--protocol <name>', 'loo, one-per-superclass, or holdout:<classes per fold>', 'loo')
    .option('--classes <labels>', 'only folds that hold out one of these, comma-separated', list)
    .option('--folds <numbers>', 'only these folds, such as 0-9,12')
    .option('--shard <i/n>', 'only the i-th of n parts of the folds; all parts may share one --out')
    .option('--queue <url>', 'let workers train the folds: redis://host:6379/0, or rediss:// for TLS')
    .option(
      '--store <place>',
      'with --queue: a shared folder, or s3://bucket/prefix, for results and checkpoints',
    )
    .option('--store-data', 'with --queue: put the images into the store, for workers that lack them')
    .option('--detach', 'with --queue: fill the queue and return; lexel collect brings the results')
    .option('--seeds <numbers>', 'run the whole experiment once per seed, in <out>/seed-<n>', seeds)
    .option(
      '--array-job',
      'for a scheduler that starts the command again: tries failed folds again, and exits with 42 if only poisoned ones are left',
    )
    .option(
      '--attempts <n>',
      `with --queue or --array-job: times that a fold is tried (default: ${ATTEMPTS})`,
      whole(1),
    );
  return addTrainingOptions(command);
}

/** How often a fold is tried in an array job; undefined outside of one. @throws UsageError */
export function attemptsOf(flags: TrainingFlags & Partial<LooFlags>): number | undefined {
  if (!flags.arrayJob) {
    if (flags.attempts === undefined || flags.queue !== undefined) return undefined;
    throw new UsageError(
      '--attempts needs --array-job or --queue',
      'otherwise --retry tries failed folds again',
    );
  }
  if (flags.out === undefined && flags.resume === undefined) {
    throw new UsageError('--array-job needs --out', 'name the directory that every start of the job uses');
  }
  return flags.attempts ?? ATTEMPTS;
}
