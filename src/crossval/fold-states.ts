/**
 * Where the folds of a run stand, from the names of their files, the ends of their logs, and what workers on other
 * machines train. Whole logs are not read, so that a thousand runs can be listed in a second.
 */

import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lockState } from './lock-file.js';
import { type FoldPlan, type FoldRecord, foldFiles, type RunFile, readFold } from './run-file.js';
import { type RunWorker, trainedBy } from './workers-file.js';

/**
 * `elsewhere`: trained on another machine. `paused`: its process is stopped. `unfinished`: begun, but no process trains
 * it. `failed`: as `unfinished`, and skipped until `--retry`.
 */
export type FoldState =
  | 'waiting'
  | 'training'
  | 'paused'
  | 'elsewhere'
  | 'unfinished'
  | 'finished'
  | 'failed';

export interface FoldGlance {
  readonly id: string;
  readonly state: FoldState;
  /** Epochs that are trained; a finished fold that stopped early counts with all epochs of the run. */
  readonly epochs: number;
}

/**
 * The states of a run's folds, in its order.
 * @param workers those that train folds of this run elsewhere (workers-file.ts)
 * @throws FormatError for a log whose end is damaged
 */
export function glanceFolds(
  dir: string,
  run: Pick<RunFile, 'folds' | 'config'>,
  workers: readonly RunWorker[],
): FoldGlance[] {
  const names = new Set(namesIn(join(dir, 'folds')));
  const elsewhere = trainedBy(workers);
  return run.folds.map((plan) =>
    glanceFold(dir, plan, run.config.epochs, names, elsewhere.has(plan.id) ? 'elsewhere' : null),
  );
}

function glanceFold(
  dir: string,
  plan: FoldPlan,
  epochs: number,
  names: ReadonlySet<string>,
  remote: 'elsewhere' | null,
): FoldGlance {
  const { id } = plan;
  const files = foldFiles(dir, id);
  const has = (file: string) => names.has(basename(file));
  const held = () => (has(files.lock) ? holderState(files.lock) : null) ?? remote;
  const done: FoldGlance = { id, state: 'finished', epochs };
  // The checkpoint is removed after the log's end line is written.
  if (has(files.outputs) && !has(files.checkpoint) && !has(files.lock)) return done;
  if (has(files.record)) return done;
  if (!has(files.log)) return { id, state: held() ?? 'waiting', epochs: 0 };
  const { last, epoch } = logEnd(files.log) ?? logEndOf(readFold(dir, plan));
  if (last === 'end' && has(files.outputs)) return done;
  return { id, state: held() ?? (last === 'failed' ? 'failed' : 'unfinished'), epochs: epoch };
}

/** The state of a fold whose files are read. @param remote whether a worker on another machine trains it */
export function foldStateOf(record: FoldRecord, remote: boolean): FoldState {
  if (record.finished) return 'finished';
  const held = holderState(record.files.lock) ?? (remote ? 'elsewhere' : null);
  if (held) return held;
  if (record.failed) return 'failed';
  return record.start ? 'unfinished' : 'waiting';
}

const HELD = { running: 'training', stopped: 'paused', elsewhere: 'elsewhere', gone: null } as const;

/** What the process that holds a fold's lock does; null if none does. */
function holderState(lock: string): 'training' | 'paused' | 'elsewhere' | null {
  const state = lockState(lock);
  return state && 'holder' in state ? HELD[state.state] : null;
}

interface LogEnd {
  /** Type of the last event. */
  readonly last: string | null;
  /** The last finished epoch. */
  readonly epoch: number;
}

function logEndOf({ epochs, end, failed }: FoldRecord): LogEnd {
  return { last: failed ? 'failed' : end ? 'end' : null, epoch: epochs.at(-1)?.epoch ?? 0 };
}

/** Bytes from the end of a log that are read: several epochs of twenty classes. */
const TAIL = 64 << 10;

/** The end of a log; null if its last bytes do not show the last epoch. */
function logEnd(file: string): LogEnd | null {
  const descriptor = openSync(file, 'r');
  let text: string;
  let whole: boolean;
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, TAIL));
    whole = size <= TAIL;
    const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    text = bytes.toString('utf8', 0, read);
  } finally {
    closeSync(descriptor);
  }
  let last: string | null = null;
  const lines = text.split('\n');
  for (let i = lines.length - 1; i >= (whole ? 0 : 1); i--) {
    const event = eventOf(lines[i]);
    if (!event) continue;
    last ??= event.type;
    if (event.type === 'start') return { last, epoch: 0 };
    if (event.epoch !== undefined) return { last, epoch: event.epoch };
  }
  return whole && last === null ? { last, epoch: 0 } : null;
}

/** An event of a log; its epoch if it is the end of one, or a resume. Null for a half-written line. */
function eventOf(line: string): { type: string; epoch?: number } | null {
  if (line.trim() === '') return null;
  try {
    const { type, epoch } = JSON.parse(line) as { type?: unknown; epoch?: unknown };
    if (typeof type !== 'string') return null;
    return { type, epoch: typeof epoch === 'number' ? epoch : undefined };
  } catch {
    return null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not begun
  }
}
