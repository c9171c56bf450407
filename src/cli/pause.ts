/** `lexel pause`: pauses background runs while a command runs, or until Ctrl-C. */

import type { Command } from 'commander';
import {
  continueRuns,
  type ListedProcess,
  type Listing,
  listProcesses,
  type Pause,
  pauseRuns,
  type TrainingProcess,
} from '../crossval/pause.js';
import { UsageError } from '../util/errors.js';
import { setCode, wordsAfterDashes } from './context.js';
import { duration } from './display.js';
import { listen, runCommand } from './run-command.js';
import { table } from './table.js';
import { print, printError, printJson } from './terminal.js';

interface PauseFlags {
  json?: boolean;
  list?: boolean;
  continue?: boolean;
}

export function pauseCommand(command: Command): void {
  command
    .usage('[options] <folders...> [-- <command...>]')
    .argument('<folders...>', 'run directories, or folders that are searched for them, three levels deep')
    .option('--list', 'list the processes that train there, and whether they are paused')
    .option('--continue', 'continue stopped runs, for example after `lexel pause` was killed')
    .option('--json', 'with --list and --continue: print the answer as JSON')
    .addHelpText(
      'after',
      '\nPaused processes keep their locks, and their results have the same bits. The exit code is that of the command.' +
        '\nA signal is passed on to the command, unless it was sent to the whole process group, as by Ctrl-C: then the' +
        '\ncommand has already received it.' +
        '\n\nExamples:\n  lexel pause runs -- npm run bench\n  lexel pause runs/poster',
    )
    .action(async (words: string[], flags: PauseFlags) => {
      const command = wordsAfterDashes();
      const folders = words.slice(0, words.length - command.length);
      if (folders.length === 0) {
        throw new UsageError('name the runs to pause', 'lexel pause <folders...> -- <command...>');
      }
      if (command[0] === '') throw new UsageError('the command after -- has no name', 'lexel pause --help');
      if ((flags.list || flags.continue) && (command.length > 0 || (flags.list && flags.continue))) {
        throw new UsageError('--list, --continue and a command exclude each other', 'lexel pause --help');
      }
      if (flags.list) return answer(listProcesses(folders), listing, flags.json);
      if (flags.continue) return answer(continueRuns(folders), continued, flags.json);
      if (flags.json) throw new UsageError('--json needs --list or --continue', 'lexel pause --help');
      setCode(await pauseWhile(folders, command));
    });
}

function answer<T>(found: T, text: (found: T) => string, json?: boolean): void {
  if (json) printJson(found);
  else print(text(found));
}

/** @returns the exit code: the command's, or 0 */
async function pauseWhile(folders: string[], command: readonly string[]): Promise<number> {
  const start = performance.now();
  // Installed before anything is paused, so that no signal ends this process before the runs are continued.
  const signals = listen();
  let pause: Pause | undefined;
  const end = () => pause?.end();
  process.on('exit', end);
  try {
    pause = await pauseRuns(folders);
    for (const one of pause.paused) printError(`Paused: ${described(one)}`);
    for (const one of pause.left) {
      const why =
        one.state === 'elsewhere' ? `runs on ${one.host}` : 'was already stopped and remains stopped';
      printError(`Not paused: ${described(one)}: ${why}`);
    }
    for (const line of unknown(pause.unreadable)) printError(line);
    if (pause.paused.length === 0)
      printError(`Nothing to pause: no process trains in ${folders.join(', ')}.`);
    if (command.length > 0) return await runCommand(command, signals);
    if (pause.paused.length === 0) return 0;
    printError('Press Ctrl-C to continue them.');
    await signals.first;
    return 0;
  } finally {
    pause?.end();
    process.off('exit', end);
    signals.stop();
    if (pause) {
      for (const line of missed(pause)) printError(line);
      const { length } = pause.paused;
      const seconds = (performance.now() - start) / 1000;
      if (length > 0)
        printError(`${length} process${length > 1 ? 'es' : ''} continued after ${duration(seconds)}.`);
    }
  }
}

/**
 * Messages about processes that began during the pause. If they cannot be listed, that is a message too, so that the
 * exit code of the command is kept.
 */
function missed(pause: Pause): string[] {
  try {
    return pause.missed().map((one) => `Not paused because it began later: ${described(one)}`);
  } catch (error) {
    return [`Cannot list the processes that began later: ${(error as Error).message}`];
  }
}

const described = ({ pid, host, state, runs }: TrainingProcess) =>
  `process ${pid}${state === 'elsewhere' ? ` on ${host}` : ''}, which trains in ${runs.join(', ')}`;

function continued(processes: readonly TrainingProcess[]): string {
  if (processes.length === 0) return 'No process is stopped there.';
  return processes.map((one) => `Continued: ${described(one)}`).join('\n');
}

const unknown = (locks: Listing['unreadable']) =>
  locks.map(({ file, problem }) => `Cannot determine the training process: ${file}: ${problem}`);

function listing({ processes, unreadable }: Listing): string {
  const state = ({ state, host, pausedBy }: ListedProcess) => {
    if (state === 'elsewhere') return `on ${host}`;
    if (state === 'running') return 'training';
    if (!pausedBy) return 'stopped';
    return `paused by process ${pausedBy.pid}${pausedBy.gone ? ', which has ended' : ''}`;
  };
  const rows = processes.map((one) => [String(one.pid), state(one), one.runs.join(', ')]);
  const known = rows.length > 0 ? table(['process', 'state', 'runs'], rows) : 'No process trains there.';
  return [known, ...unknown(unreadable)].join('\n');
}
