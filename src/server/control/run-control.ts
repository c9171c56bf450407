/**
 * Starts, stops and resumes runs, by the command line in a process of its own. It belongs to no terminal and goes on when
 * the studio ends; its locks name it, so another studio can stop it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { listProcesses } from '../../crossval/pause.js';
import { removeFolder, temporaryFolder } from '../../formats/temporary.js';
import { LexelError } from '../../util/errors.js';
import { makeFolder } from '../../util/make-folder.js';
import type { StartRequest } from '../messages/control.js';
import { readableRun } from '../run-list/listing.js';
import type { RunTable, TableEntry } from '../run-list/run-table.js';
import { startArguments, startChoices, wrongSetting } from './choices.js';

/** Milliseconds for which a start is watched: a wrong setting shows in the first seconds. */
const WATCHED = 30_000;
const LOOK = 100;

/** Lines of a command that failed which the answer quotes. */
const QUOTED = 6;

export class RunControl {
  private readonly folder = temporaryFolder('lexel-studio');
  private started = 0;

  constructor(
    private readonly runs: RunTable,
    private readonly dataDir?: string,
  ) {}

  choices = () => startChoices(this.dataDir);

  /**
   * Starts a run and waits until it is listed.
   * @returns its id
   * @throws LexelError if a setting is wrong, if the folder exists, or if the command fails
   */
  async start(request: StartRequest): Promise<string> {
    const wrong = wrongSetting(request, this.choices());
    if (wrong !== null) throw new LexelError(wrong, 'Choose one of the form.', { code: 'LEXEL_USAGE' });
    const dir = join(this.runs.root, request.name);
    if (existsSync(dir))
      throw new LexelError(`there is a run or a folder "${request.name}" already`, 'Choose another name.', {
        code: 'LEXEL_USAGE',
      });
    makeFolder(this.runs.root);
    await this.run(startArguments(request, dir), () => existsSync(join(dir, 'run.json')));
    const { place } = await this.runs.findPath(request.name);
    return place.id;
  }

  /** Trains the folds that are not finished. @throws LexelError if it trains already, or if the command fails */
  async resume({ place, glance }: TableEntry): Promise<void> {
    const { protocol } = readableRun(glance);
    const { state, folds } = glance.listing;
    if (state === 'finished') throw new LexelError('all folds of this run have finished', undefined);
    if (state === 'training' || state === 'paused' || state === 'elsewhere')
      throw new LexelError('a process works on this run already', 'Stop it first.', { code: 'LEXEL_LOCKED' });
    const retry = folds.failed > 0 ? ['--retry'] : [];
    const name = protocol === 'single' ? 'train' : 'loo';
    await this.run([name, '--resume', place.dir, ...retry], () => ownProcesses(place.dir).length > 0);
  }

  /**
   * Interrupts the processes on this machine that hold the run's locks, as Ctrl-C does: they keep their checkpoints.
   * @throws LexelError if there is none
   */
  stop({ place }: TableEntry): void {
    const processes = ownProcesses(place.dir);
    if (processes.length === 0)
      throw new LexelError('no process on this machine trains this run', 'It may have ended just now.');
    for (const { pid, state } of processes) {
      process.kill(pid, 'SIGINT');
      // A stopped process hears nothing until it goes on.
      if (state === 'stopped') process.kill(pid, 'SIGCONT');
    }
  }

  close(): Promise<void> {
    return removeFolder(this.folder);
  }

  /** Starts a command; returns when it has begun its work, or has ended well. */
  private async run(args: readonly string[], hasBegun: () => boolean): Promise<void> {
    const log = join(this.folder, `${this.started++}.log`);
    const child = this.spawn(args, log);
    let end: string | null = null;
    child.on('error', (error) => {
      end = error.message;
    });
    child.on('exit', (code, signal) => {
      end = code === 0 ? '' : `lexel ${args[0]} ended with ${code === null ? signal : `exit code ${code}`}`;
    });
    child.unref();
    for (let waited = 0; waited < WATCHED && end === null && !hasBegun(); waited += LOOK) await sleep(LOOK);
    if (end) throw new LexelError(`${end}: ${lastLines(log)}`, undefined);
  }

  private spawn(args: readonly string[], log: string): ChildProcess {
    const output = openSync(log, 'a');
    const more = this.dataDir === undefined ? [] : ['--data-dir', this.dataDir];
    try {
      return spawn(process.execPath, [COMMAND, ...args, ...more], {
        detached: true,
        stdio: ['ignore', output, output],
      });
    } finally {
      closeSync(output);
    }
  }
}

const COMMAND = fileURLToPath(new URL('../../../bin/lexel.js', import.meta.url));

/** The processes on this machine that train a run. */
const ownProcesses = (dir: string) =>
  listProcesses([dir]).processes.filter(({ state }) => state === 'running' || state === 'stopped');

/** What the command said last, in one line. */
function lastLines(log: string): string {
  const lines = readFileSync(log, 'utf8').split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-QUOTED)
    .join(' ');
}
