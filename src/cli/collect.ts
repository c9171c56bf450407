/** `lexel collect`: a run directory from a store. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { EXIT_CODES } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import { visible } from '../util/visible.js';
import { setCode } from './context.js';
import { INTERRUPTED, interruptible } from './interrupt.js';
import { tellMismatches } from './mismatches.js';
import { atPlace, type PlaceFlags, storeOf, withPlace } from './queue-place.js';
import { print, printError, printJson } from './terminal.js';
import { jsonOption } from './values.js';

interface CollectFlags extends PlaceFlags {
  out: string;
  experiment?: string;
  wait?: boolean;
  json?: boolean;
}

export function collectCommand(command: Command): void {
  withPlace(command)
    .requiredOption('--out <dir>', 'the run directory: a new one, or one of the same experiment')
    .option(
      '--experiment <id>',
      'the experiment, by the beginning of its id (default: that of --out, or the only one)',
    )
    .option('--wait', 'stay until all folds are there')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
With --queue, folds that the store lacks are queued again. Exit code 1: some folds are still missing, or failed.

Example:
  lexel collect --store /mnt/lab/lexel --out runs/poster`,
    )
    .action(async () => setCode(await collect(command.opts<CollectFlags>())));
}

async function collect(flags: CollectFlags): Promise<number> {
  const { experimentFor, fill, openRunDirectory, openStore } = await import('../queue/index.js');
  const { out } = flags;
  const store = await openStore(storeOf(flags));
  const stored = await experimentFor(store, out, flags.experiment);
  const collector = await openRunDirectory(stored, out);
  const before = collector.missing.size;
  await collector.collect();
  const refill = flags.queue ?? process.env.LEXEL_QUEUE;
  if (refill && !collector.done) {
    const open = await atPlace({ ...flags, queue: refill }, (place) => fill(place, stored));
    print(`${count(open)} in the queue`);
  }
  let stopped = false;
  if (flags.wait) {
    await interruptible(
      async (signal) => {
        while (!collector.done && !signal.aborted) {
          await sleep(1000, undefined, { signal }).catch(() => {});
          await collector.collect();
        }
      },
      () => {
        stopped = true;
      },
    );
  }
  const { missing, poisoned } = collector;
  print(`${count(before - missing.size)} new in ${out}, ${missing.size} missing`);
  const different = await tellMismatches(stored, collector.ids);
  if (flags.json) {
    printJson({
      run: out,
      experiment: stored.id,
      missing: [...missing],
      failed: [...poisoned.values()].map(({ fold, message }) => ({ fold, message })),
      mismatches: different,
    });
  }
  for (const { fold, message } of poisoned.values())
    printError(`lexel: ${visible(fold)} failed too often: ${visible(message)}`);
  if (stopped) return INTERRUPTED;
  if (missing.size > 0 || different.length > 0) return EXIT_CODES.failed;
  print(`The run is whole; lexel report ${shellWord(out)} writes the report with its figures.`);
  return EXIT_CODES.done;
}

const count = (n: number) => `${n} ${n === 1 ? 'fold' : 'folds'}`;
