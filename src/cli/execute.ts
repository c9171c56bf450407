/** Trains the folds of a run directory with the user interface: lines, bar, Ctrl-C, and the table at the end. */

import { type Experiment, halfLinesText, readFold, runFolds } from '../crossval/index.js';
import type { Evaluation } from '../search/index.js';
import type { Summary } from '../statistics/index.js';
import { FormatError, LexelError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import { visible } from '../util/visible.js';
import { Display } from './display.js';
import { INTERRUPTED, interruptible } from './interrupt.js';
import type { RunAnswer } from './run-answer.js';
import { look, print, printError } from './terminal.js';

export interface ExecuteOptions {
  /** The subcommand, for the message that shows how to resume. */
  readonly command: 'train' | 'loo';
  readonly workers?: number;
  readonly threads?: number;
  readonly allowDrift?: boolean;
  readonly retry?: boolean;
  /** Receives the answer for --json; otherwise the table of the results is printed. */
  readonly onAnswer?: (answer: RunAnswer) => void;
  /** Prints failures and progress only: no line per fold and no table. */
  readonly brief?: boolean;
}

/**
 * Trains the folds that are not finished yet.
 * @returns the exit code: 0 all folds finished, 1 some failed, 130 stopped by Ctrl-C
 */
export async function execute(dir: string, experiment: Experiment, options: ExecuteOptions): Promise<number> {
  const { folds } = experiment;
  tellHalfLines(dir, folds);
  const display = new Display(dir, experiment, folds.length === 1 && !options.brief);
  const resume = `lexel ${options.command} --resume ${shellWord(dir)}`;
  const outcome = await interruptible(
    async (signal) => {
      try {
        return await runFolds(dir, experiment, {
          workers: options.workers,
          threads: options.threads,
          allowDrift: options.allowDrift,
          retry: options.retry,
          signal,
          onEvent: (event) => display.event(event),
          onFinished: (fold, kept, end) => options.brief || display.finished(fold, kept, end),
          onFailed: (failure) => display.failed(failure),
          onProgress: (progress) => display.progress(progress),
        });
      } finally {
        display.stop();
      }
    },
    () => display.print('Stopping after the current step; press Ctrl-C again to exit at once.'),
  );
  const { finished, failed, stopped } = outcome;
  const anyHeldOut = folds.some(({ heldOut }) => heldOut.length > 0);
  const summary = finished.length > 0 && anyHeldOut && !options.brief ? await summarised(dir) : null;
  const evaluation =
    options.command === 'train' && finished.length === folds.length ? await evaluated(dir, experiment) : null;
  options.onAnswer?.({
    run: dir,
    finished,
    failed: failed.map(({ fold, message }) => ({ fold, message })),
    stopped,
    summary,
    evaluation,
  });
  if (summary && !options.onAnswer) {
    const { summaryText } = await import('../report/text.js'); // without the figures, which are slow to load
    print(`\n${summaryText(summary, { look: look() })}`);
  }
  if (evaluation && !options.onAnswer) {
    const { summaryOf } = await import('./evaluation-text.js');
    print(`\nOn the test images:\n${summaryOf(evaluation, { confusions: 5, look: look() })}`);
  }
  if (stopped) {
    printError(`Stopped: ${finished.length} of ${folds.length} folds finished. Resume with: ${resume}`);
    return INTERRUPTED;
  }
  if (failed.length > 0) {
    printError(`lexel: ${failed.length} of ${folds.length} folds failed:`);
    for (const { fold, message, hint, earlier } of failed) {
      const when = earlier ? ' (in an earlier call; not tried again in this one)' : '';
      printError(`  ${fold}: ${visible(message)}${when}${hint ? `\n    ${hint}` : ''}`);
    }
    const safe = finished.length > 0 ? `The finished folds are in ${dir}. ` : '';
    printError(`${safe}Try the failed folds again with: ${resume} --retry`);
    return 1;
  }
  return 0;
}

/** The trained network on the test images; null, with a message, if it answers NaN or has no test image. */
async function evaluated(dir: string, { dataset, backend }: Experiment): Promise<Evaluation | null> {
  const { evaluateModel } = await import('../search/index.js');
  try {
    return await evaluateModel({ model: dir, data: dataset, backend });
  } catch (error) {
    if (!(error instanceof LexelError)) throw error;
    printError(`lexel: not measured on the test images: ${error.message}`);
    return null;
  }
}

/** @returns null, with a message, if the files of some fold are damaged */
async function summarised(dir: string): Promise<Summary | null> {
  const { summariseRun } = await import('../statistics/index.js');
  try {
    return summariseRun(dir);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    printError(`lexel: no summary: ${error.message}`);
    return null;
  }
}

/** Warns about half lines in logs. Other damage is reported when the fold is trained. */
function tellHalfLines(dir: string, folds: Experiment['folds']): void {
  for (const { id, heldOut } of folds) {
    try {
      const record = readFold(dir, { id, heldOut: [...heldOut] });
      if (record.halfLines.length > 0) printError(`lexel: ${halfLinesText(record)}`);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
}
