/**
 * The files of a run's checkpoint (checkpoint.ts). Its JSON is stored in the safetensors file's metadata, so that one
 * atomic rename replaces both; the separate .json file is a copy for people to read. The previous checkpoint is kept, and a
 * run resumes from it if the last one is damaged.
 */

import { existsSync, renameSync, rmSync } from 'node:fs';
import { writeFileAtomic } from '../formats/atomic.js';
import { readBytes } from '../formats/read.js';
import {
  type Checkpoint,
  type CheckpointState,
  checkpointChunks,
  parseCheckpoint,
  type StoredCheckpoint,
} from './checkpoint.js';

const files = (prefix: string) => ({
  tensors: `${prefix}.checkpoint.safetensors`,
  previous: `${prefix}.checkpoint.previous.safetensors`,
  json: `${prefix}.checkpoint.json`,
});

/**
 * Writes `<prefix>.checkpoint.safetensors` and `.checkpoint.json` atomically, each by temporary file and
 * rename. The old `.checkpoint.safetensors` becomes `.checkpoint.previous.safetensors`.
 */
export function saveCheckpoint(prefix: string, checkpoint: Checkpoint): void {
  const { tensors: file, previous } = files(prefix);
  writeFileAtomic(file, checkpointChunks(file, checkpoint), { previous });
  writeCopy(prefix, checkpoint.state);
}

function writeCopy(prefix: string, state: CheckpointState): void {
  writeFileAtomic(files(prefix).json, [`${JSON.stringify(state, null, 2)}\n`]);
}

/** Paths of the last and the previous checkpoint; the files may not exist. */
export function checkpointFiles(prefix: string): readonly [last: string, previous: string] {
  const { tensors, previous } = files(prefix);
  return [tensors, previous];
}

/** The last checkpoint at `prefix`, or null if there is none; throws like {@link readCheckpoint}. */
export function loadCheckpoint(prefix: string): StoredCheckpoint | null {
  const { tensors: file } = files(prefix);
  return existsSync(file) ? readCheckpoint(file) : null;
}

/** Reads a checkpoint file; throws like {@link parseCheckpoint}, and FormatError if it cannot be read. */
export function readCheckpoint(file: string): StoredCheckpoint {
  return parseCheckpoint(file, readBytes(file));
}

/**
 * Replaces the damaged last checkpoint by the previous one, so that the next save keeps the intact file as the
 * previous checkpoint.
 */
export function promotePrevious(prefix: string, { state }: Checkpoint): void {
  const [last, previous] = checkpointFiles(prefix);
  renameSync(previous, last);
  writeCopy(prefix, state);
}

/** Removes a finished fold's checkpoints. */
export function removeCheckpoint(prefix: string): void {
  for (const file of Object.values(files(prefix))) rmSync(file, { force: true });
}
