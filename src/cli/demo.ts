/**
 * `lexel demo`: the main job in small, with nothing downloaded. The drawn shapes world, word vectors made from the
 * bundled text, a small network, every class held out once in groups; then the table and the report.
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

/** Classes a fold: of the 60, a quarter, so four folds hold out each class once. */
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
    .option('--out <dir>', 'the run directory (default: runs/demo, or a new one beside it)')
    .option('--epochs <n>', 'passes over the training images', whole(1), 5)
    .option('--folds <numbers>', 'only these folds, such as 0-1')
    .option('--limit <n>', 'training images a fold', whole(1))
    .option('--workers <n>', 'folds at once (default: one per core)', whole(1))
    .option('--seed <n>', 'of everything random', whole(0), 0)
    .addOption(backendOption('what computes'))
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
      const { files } = writeReport(dir);
      const page = files.find((file) => file.endsWith('.html')) ?? dir;
      print(`\nThe report with its figures is ${page}`);
    });
}
