/** The answer of `train` and `loo` for --json: the outcome of each run, in one document. */

import type { Forecast } from '../crossval/index.js';
import type { Evaluation } from '../search/index.js';
import type { Summary } from '../statistics/index.js';
import { printJson } from './terminal.js';

/** The outcome of one run. */
export interface RunAnswer {
  readonly run: string;
  /** Ids of folds. */
  readonly finished: readonly string[];
  readonly failed: readonly { readonly fold: string; readonly message: string }[];
  /** Ids of failed folds that are not tried again; only of array jobs. */
  readonly poisoned: readonly string[];
  /** Whether Ctrl-C stopped it. */
  readonly stopped: boolean;
  /** As in summary.json; null if no held-out class has been measured. */
  readonly summary: Summary | null;
  /** As of `lexel evaluate`, after `train` has finished; otherwise null. */
  readonly evaluation: Evaluation | null;
}

/** The answer of `--dry-run` for a run, or about all runs of --seeds. */
export interface PlannedRuns {
  /** Run directories. */
  readonly planned: readonly string[];
  readonly forecast: Forecast;
}

/** Collects the outcomes of a command's runs: one, or one for each seed. */
export class RunAnswers {
  private readonly runs: (RunAnswer | PlannedRuns)[] = [];
  /** Receives an outcome; undefined without --json. */
  readonly onAnswer: ((answer: RunAnswer | PlannedRuns) => void) | undefined;

  constructor(json: boolean | undefined) {
    this.onAnswer = json ? (answer) => this.runs.push(answer) : undefined;
  }

  /** Prints the document; nothing without --json. */
  print(): void {
    if (this.onAnswer) printJson({ runs: this.runs });
  }
}
