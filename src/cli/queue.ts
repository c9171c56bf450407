/** `lexel queue`: the experiments of a queue and its store. */

import type { Command } from 'commander';
import type { ExperimentStatus, QueueAction, QueueStatus } from '../queue/index.js';
import { visible } from '../util/visible.js';
import { atPlace, type PlaceFlags, withPlace } from './queue-place.js';
import { print, printJson } from './terminal.js';
import { jsonOption } from './values.js';

/** The subcommands that change an experiment, with what they do. */
const ACTIONS: Readonly<Record<QueueAction, { about: string; done: string }>> = {
  drain: {
    about: 'hand out no more folds; those in training are finished',
    done: 'No more folds are handed out.',
  },
  cancel: { about: 'hand out no more folds, and stop those in training', done: 'Cancelled.' },
  retry: {
    about: 'undo drain and cancel, and try failed folds again',
    done: 'Its unfinished folds are in the queue.',
  },
};

export function queueCommand(command: Command): void {
  withPlace(command.command('status').description('list experiments and workers'))
    .addOption(jsonOption())
    .action((flags: PlaceFlags & { json?: boolean }) =>
      atPlace(flags, async (place) => {
        const { queueStatus } = await import('../queue/index.js');
        const status = await queueStatus(place);
        if (flags.json) printJson(status);
        else print(statusText(status));
      }),
    );
  for (const [name, { about, done }] of Object.entries(ACTIONS) as [
    QueueAction,
    (typeof ACTIONS)[QueueAction],
  ][]) {
    withPlace(command.command(name).description(about))
      .option('--experiment <id>', 'the beginning of its id (default: the only one)')
      .addOption(jsonOption())
      .action((flags: PlaceFlags & { experiment?: string; json?: boolean }) =>
        atPlace(flags, async (place) => {
          const { experimentFor, QUEUE_ACTIONS } = await import('../queue/index.js');
          const stored = await experimentFor(place.store, '', flags.experiment);
          await QUEUE_ACTIONS[name](place, stored);
          if (flags.json) printJson({ experiment: stored.id });
          else print(`Experiment ${stored.id}: ${done}`);
        }),
      );
  }
}

function statusText({ experiments, workers }: QueueStatus): string {
  const lines = experiments.flatMap(experimentLines);
  if (experiments.length === 0) lines.push('The store has no experiments.');
  lines.push('', workers.length === 0 ? 'No workers.' : 'Workers:');
  for (const { id, host, pid, cores, folds } of workers) {
    const doing = folds
      .map(({ fold, epoch, epochs }) => `${visible(fold)} (epoch ${epoch} of ${epochs})`)
      .join(', ');
    lines.push(
      `  ${id}  ${visible(host)}, process ${pid}, ${cores} ${cores === 1 ? 'core' : 'cores'}: ${doing || 'idle'}`,
    );
  }
  return lines.join('\n');
}

function experimentLines({
  id,
  command,
  folds,
  finished,
  poisoned,
  training,
  waiting,
  state,
}: ExperimentStatus): string[] {
  return [
    `${id}  ${state}  ${visible(command)}`,
    `  ${finished} of ${folds} folds finished, ${training} in training, ${waiting} waiting`,
    ...poisoned.map(({ fold, message }) => `  failed too often: ${visible(fold)}: ${visible(message)}`),
  ];
}
