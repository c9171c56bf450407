/**
 * `lexel demo`: a small cross-validation without downloads, of drawn shapes, word vectors trained on the bundled text and
 * a small network. Every class is held out once, in groups. It ends with images that the network had never seen, on a
 * contact sheet and in the report, and with one sentence about them.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { checkFree, createRunDirectory, type Experiment, prepareExperiment } from '../crossval/index.js';
import type { BackendChoice } from '../engine/index.js';
import { loadRun } from '../statistics/index.js';
import { counted } from '../util/format.js';
import { shellWord } from '../util/shell.js';
import { commandLine, newRunDirectory, setCode } from './context.js';
import { execute } from './execute.js';
import { announce } from './loo.js';
import { isInteractive, openFile } from './open-file.js';
import { print } from './terminal.js';
import { backendOption, whole } from './values.js';
import { warn } from './word-vectors.js';
import { writeFigure } from './write-figure.js';

/** Held-out classes per fold: a quarter of the 60, so four folds hold out each class once. */
const GROUP = 15;

/** Images on the contact sheet: four rows of six. */
const SHOWN = 24;

/** What the classes of the drawn shapes are called. */
const KINDS = 'kinds of shape';

interface DemoFlags {
  out?: string;
  epochs: number;
  folds?: string;
  limit?: number;
  workers?: number;
  seed: number;
  backend?: BackendChoice;
  full?: boolean;
  open: boolean;
}

export function demoCommand(command: Command): void {
  command
    .option('--out <dir>', 'the run directory (default: runs/demo, or a new directory under runs/)')
    .option('--full', 'print each fold and the whole table')
    .option('--no-open', 'do not open the sheet and the report (they are opened only from a terminal)')
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
      if (flags.full) announce(dir, experiment);
      else introduce(experiment);
      const { workers, full = false } = flags;
      const code = await execute(dir, experiment, { command: 'loo', workers, brief: !full });
      setCode(code);
      if (code === 0) await show(dir, experiment, flags);
    });
}

/** Says in one or two lines what is done. */
function introduce({ run, folds, skippedNative }: Experiment): void {
  if (skippedNative) print(`The faster native backend is not used: ${skippedNative}`);
  const kinds = run.dataset.classes.length;
  print(
    `Training ${counted(folds.length, 'small network')} to name drawn shapes, each without ${GROUP} of the ${kinds} ${KINDS}.`,
  );
}

/** Writes the report and the contact sheet, and shows them. */
async function show(dir: string, { dataset }: Experiment, { full, open }: DemoFlags): Promise<void> {
  const images = { open: async () => dataset };
  const report = await import('../report/index.js'); // slow to load
  const { files, summary } = await report.writeReport(dir, images);
  const [page] = files;
  const sentence = report.plainSentence(summary, KINDS);
  const sheet = join(dir, 'report', 'sheet.png');
  const shown = [page];
  print(`${full ? '\n' : ''}${sentence}`);
  const found = await report.heldOutImages(loadRun(dir), { ...images, limit: SHOWN, words: 3 });
  if ('reason' in found) warn(`no contact sheet: ${found.reason}`);
  else {
    const svg = report.heldOutSheet(found, {
      title: 'Shapes that the network had never seen',
      captions: [sentence],
      legend: { near: 'the right shape in another colour or pattern' },
    });
    await writeFigure(sheet, svg);
    shown.unshift(sheet);
    print(`Some of these images with the words: ${sheet}`);
  }
  print(`The report, with figures: ${page}`);
  if (!full) print(`The numbers: lexel report ${shellWord(dir)}`);
  if (open && isInteractive()) for (const file of shown) await openFile(file);
}
