/**
 * `lexel demo`: a small cross-validation without downloads. It uses the drawn shapes, word vectors trained on the
 * bundled text, and a small network. Every class is held out once, in groups. Then it prints the table and writes the
 * report.
 */

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { checkFree, createRunDirectory, prepareExperiment } from '../crossval/index.js';
import type { BackendChoice } from '../engine/index.js';
import { commandLine, newRunDirectory, setCode } from './context.js';
import { execute } from './execute.js';
import { announce } from './loo.js';
import { print } from './terminal.js';
import { backendOption, whole } from './values.js';

/** Held-out classes per fold: a quarter of the 60, so four folds hold out each class once. */
const GROUP = 15;

interface DemoFlags {
  out?: string;
  epochs: number;
  folds?: string;
  limit?: number;
  workers?: number;
  seed: number;
  backend?: BackendChoice;
}

export function demoCommand(command: Command): void {
  command
    .option('--out <dir>', 'the run directory (default: runs/demo, or a new directory under runs/)')
    .option('--epochs <n>', 'passes over the training images', whole(1), 5)
    .option('--folds <numbers>', 'only these folds, such as 0-1')
    .option('--limit <n>', 'training images per fold', whole(1))
    .option('--workers <n>', 'folds in parallel (default: one per core)', whole(1))
    .option('--seed <n>', 'random seed', whole(0), 0)
    .addOption(backendOption('compute backend'))
    .action(async (flags: DemoFlags) => {
      const dir = flags.out ?? (existsSync('runs/demo') ? newRunDirectory('demo', 'again') : 'runs/demo');
      checkFree(dir);
      const experiment = await prepareExperiment({
        data: 'shapes',
        words: 'shapes',
        net: 'lite',
        recipe: 'poster',
        preset: 'adamw',
        protocol: `holdout:${GROUP}`,
        selection: { folds: flags.folds },
        seed: flags.seed,
        epochs: flags.epochs,
        train: { limit: flags.limit, batch: 64 },
        backend: flags.backend,
        command: commandLine(),
      });
      createRunDirectory(dir, experiment);
      announce(dir, experiment);
      const code = await execute(dir, experiment, { command: 'loo', workers: flags.workers });
      setCode(code);
      if (code !== 0) return;
      const { writeReport } = await import('../report/index.js'); // slow to load
      const { files } = await writeReport(dir);
      const page = files.find((file) => file.endsWith('.html')) ?? dir;
      print(`\nThe report with its figures is in ${page}`);
    });
}
