/** `lexel worker`: trains folds from a queue. */

import type { Command } from 'commander';
import type { BackendChoice } from '../engine/index.js';
import { EXIT_CODES } from '../util/errors.js';
import { visible } from '../util/visible.js';
import { setCode } from './context.js';
import { INTERRUPTED, interruptible } from './interrupt.js';
import { type PlaceFlags, queueOf, storeOf, withPlace } from './queue-place.js';
import { print, printError } from './terminal.js';
import { backendOption, real, whole } from './values.js';

/** Milliseconds after which a worker that is stopped has ended, whatever it waits for. */
const LONGEST_STOP = 9500;

interface WorkerFlags extends PlaceFlags {
  cores?: number;
  dataDir?: string;
  backend?: BackendChoice;
  lockTime?: number;
  exitWhenIdle?: number;
  scratch?: string;
}

export function workerCommand(command: Command): void {
  withPlace(command)
    .option('--cores <n>', 'folds trained at once (default: one per core)', whole(1))
    .option('--data-dir <dir>', 'directory that is searched first for data sets')
    .addOption(backendOption('compute backend (default: native if it was built)'))
    .option(
      '--lock-time <seconds>',
      'time after which the fold of a dead worker goes on elsewhere (default: 120)',
      real(1),
    )
    .option('--exit-when-idle <seconds>', 'end after this time without a fold (default: never)', real(0))
    .option(
      '--scratch <dir>',
      "folder for files of folds in training (default: the system's for temporary files)",
    )
    .addHelpText(
      'after',
      `
A worker trains folds of every experiment in the queue whose data, words and build it has checked. SIGTERM or Ctrl-C:
the last checkpoints go to the store, and other workers go on with the folds.

Exit codes: ${INTERRUPTED} stopped, ${EXIT_CODES.poisoned} some fold failed too often, 1 results with different bits.

Example:
  LEXEL_QUEUE=redis://lab:6379/0 lexel worker --store /mnt/lab/lexel --data-dir data`,
    )
    .action(async () => setCode(await work(command.opts<WorkerFlags>())));
}

async function work(flags: WorkerFlags): Promise<number> {
  const { runQueueWorker } = await import('../queue/index.js');
  const onLine = (line: string) => print(line.split('\n').map(visible).join('\n'));
  let stopped = false;
  const outcome = await interruptible(
    (signal) =>
      runQueueWorker({
        queue: queueOf(flags),
        store: storeOf(flags),
        cores: flags.cores,
        dataDir: flags.dataDir,
        backend: flags.backend,
        lockTime: flags.lockTime,
        idle: flags.exitWhenIdle,
        scratch: flags.scratch,
        signal,
        onLine,
      }),
    () => {
      stopped = true;
      print('Stopping after the current step; press Ctrl-C again to exit at once.');
      // A store that hangs would keep the process.
      setTimeout(() => process.exit(INTERRUPTED), LONGEST_STOP).unref();
    },
  );
  const { finished, poisoned, mismatches, refused } = outcome;
  print(`${finished} ${finished === 1 ? 'fold' : 'folds'} finished by this worker`);
  if (mismatches.length > 0) {
    printError(`lexel: results with different bits:\n  ${mismatches.map(visible).join('\n  ')}`);
    return EXIT_CODES.failed;
  }
  if (poisoned.length > 0) {
    printError(`lexel: failed too often, not tried again: ${poisoned.map(visible).join(', ')}`);
    return EXIT_CODES.poisoned;
  }
  if (stopped) return INTERRUPTED;
  return finished === 0 && refused.size > 0 ? EXIT_CODES.failed : EXIT_CODES.done;
}
