/** Trains the folds of a run directory with the user interface: lines, bar, Ctrl-C, and the table at the end. */

import {
  type Experiment,
  halfLinesText,
  type RunnerOptions,
  type RunOutcome,
  readFold,
  runFolds,
} from '../crossval/index.js';
import type { Evaluation } from '../search/index.js';
import type { Summary } from '../statistics/index.js';
import { FormatError, LexelError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import { Display } from './display.js';
import { poisonedFolds, tellFailures } from './failures.js';
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
  /** In an array job: how often a fold is tried, all calls together. */
  readonly attempts?: number;
  /** Receives the answer for --json; otherwise the table of the results is printed. */
  readonly onAnswer?: (answer: RunAnswer) => void;
  /** Trains the folds; default: on this machine. */
  readonly train?: (callbacks: RunnerOptions) => Promise<RunOutcome>;
  /** What is printed at the first Ctrl-C. */
  readonly stopping?: string;
  /** The command that goes on with the run; default: lexel train or lexel loo, with --resume. */
  readonly resume?: string;
  /** The command that tries failed folds again; default: that of `resume`, with --retry. */
  readonly retryWith?: string;
  /** Prints failures and progress only: no line per fold and no table. */
  readonly brief?: boolean;
}

/**
 * Trains the folds that are not finished yet.
 * @returns the exit code: 0 all folds finished, 1 some failed, 42 the failed ones are poisoned, 130 stopped by Ctrl-C
 */
export async function execute(dir: string, experiment: Experiment, options: ExecuteOptions): Promise<number> {
  const { folds } = experiment;
  const { attempts } = options;
  tellHalfLines(dir, folds);
  const display = new Display(dir, experiment, folds.length === 1 && !options.brief);
  const resume = options.resume ?? `lexel ${options.command} --resume ${shellWord(dir)}`;
  const train = options.train ?? ((callbacks: RunnerOptions) => runFolds(dir, experiment, callbacks));
  const outcome = await interruptible(
    async (signal) => {
      try {
        return await train({
          workers: options.workers,
          threads: options.threads,
          allowDrift: options.allowDrift,
          retry: options.retry || (attempts !== undefined && { attempts }),
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
    () =>
      display.print(
        options.stopping ?? 'Stopping after the current step; press Ctrl-C again to exit at once.',
      ),
  );
  const { finished, failed, stopped } = outcome;
  const unfinished = folds.filter(({ id }) => failed.some(({ fold }) => fold === id));
  const poisoned = attempts === undefined ? [] : poisonedFolds(dir, unfinished, attempts);
  const anyHeldOut = folds.some(({ heldOut }) => heldOut.length > 0);
  const summary = finished.length > 0 && anyHeldOut && !options.brief ? await summarised(dir) : null;
  const evaluation =
    options.command === 'train' && finished.length === folds.length ? await evaluated(dir, experiment) : null;
  options.onAnswer?.({
    run: dir,
    finished,
    failed: failed.map(({ fold, message }) => ({ fold, message })),
    poisoned,
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
    const safe = finished.length > 0 ? `The finished folds are in ${dir}. ` : '';
    const retryWith = options.retryWith ?? `${resume} --retry`;
    return tellFailures({ failed, poisoned, folds: folds.length, attempts }, { safe, retryWith });
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
