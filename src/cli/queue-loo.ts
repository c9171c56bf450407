/** `lexel loo --queue`: workers on any machines train the folds; this process writes the run directory as they arrive. */

import {
  beginOrJoin,
  type Experiment,
  type ExperimentOptions,
  prepareExperiment,
} from '../crossval/index.js';
import type { QueuePlace } from '../queue/index.js';
import { UsageError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import { visible } from '../util/visible.js';
import { execute } from './execute.js';
import { INTERRUPTED } from './interrupt.js';
import { tellMismatches } from './mismatches.js';
import { atPlace, type PlaceFlags, storeOf } from './queue-place.js';
import type { RunAnswers } from './run-answer.js';
import { print, printError } from './terminal.js';

export interface QueueLooFlags extends PlaceFlags {
  detach?: boolean;
  storeData?: boolean;
  attempts?: number;
}

/** A run to train, in the order of the command line. */
export interface QueuedRun {
  readonly dir: string;
  readonly options: ExperimentOptions;
}

/** Options of `lexel loo` that say how this machine trains, which workers decide for themselves. */
const LOCAL = ['threads', 'workers', 'allowDrift', 'dryRun', 'resume', 'retry', 'arrayJob'] as const;

/** @throws UsageError for an option that has no meaning with a queue, or one that needs a queue */
export function checkQueueFlags(
  flags: QueueLooFlags & Partial<Record<(typeof LOCAL)[number], unknown>>,
): void {
  const dashed = (name: string) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (flags.queue === undefined) {
    const alone = (['store', 'detach', 'storeData'] as const).find((name) => flags[name] !== undefined);
    if (alone)
      throw new UsageError(
        `${dashed(alone)} without --queue`,
        'give the address of a Redis server with --queue',
      );
    return;
  }
  const local = LOCAL.find((name) => flags[name] !== undefined);
  if (local)
    throw new UsageError(
      `${dashed(local)} with --queue`,
      'omit it: this machine trains nothing, workers do (lexel worker)',
    );
}

/**
 * Puts all runs into the queue, and then follows them one after another.
 * @returns the exit code
 */
export async function queueLoo(
  runs: readonly QueuedRun[],
  flags: QueueLooFlags,
  announce: (dir: string, experiment: Experiment) => void,
  answers: RunAnswers,
): Promise<number> {
  const { submit } = await import('../queue/index.js');
  return atPlace(flags, async (place) => {
    const begun: { dir: string; experiment: Experiment; stored: Awaited<ReturnType<typeof submit>> }[] = [];
    for (const { dir, options } of runs) {
      const { experiment } = await beginOrJoin(dir, await prepareExperiment(options));
      announce(dir, experiment);
      begun.push({ dir, experiment, stored: await submit(place, dir, experiment, flags) });
    }
    if (flags.detach) {
      for (const { dir } of begun)
        print(`In the queue. Collect the results with: ${collectCommand(flags, dir)}`);
      return 0;
    }
    let worst = 0;
    for (const { dir, experiment, stored } of begun) {
      worst = Math.max(worst, await followOne(place, { dir, experiment, stored }, flags, answers));
      if (worst === INTERRUPTED) break;
    }
    return worst;
  });
}

async function followOne(
  place: QueuePlace,
  {
    dir,
    experiment,
    stored,
  }: {
    dir: string;
    experiment: Experiment;
    stored: Awaited<ReturnType<typeof import('../queue/index.js').submit>>;
  },
  flags: QueueLooFlags,
  answers: RunAnswers,
): Promise<number> {
  const { follow } = await import('../queue/index.js');
  const code = await execute(dir, experiment, {
    command: 'loo',
    train: (callbacks) =>
      follow(place, stored, dir, experiment, {
        ...callbacks,
        onLine: (line) => printError(`lexel: ${visible(line)}`),
      }),
    stopping: 'Stopping; the workers go on. Press Ctrl-C again to exit at once.',
    resume: collectCommand(flags, dir),
    retryWith: 'lexel queue retry, with the same --queue and --store',
    onAnswer: answers.onAnswer,
  });
  const different = await tellMismatches(
    stored,
    experiment.folds.map(({ id }) => id),
  );
  if (code === 0)
    print(`\nThe run is in ${dir}; lexel report ${shellWord(dir)} writes the report with its figures.`);
  return code === 0 && different.length > 0 ? 1 : code;
}

const collectCommand = (flags: QueueLooFlags, dir: string) =>
  `lexel collect --store ${shellWord(storeOf(flags))} --out ${shellWord(dir)} --wait`;
