/** What the parts of a worker share. */
import type { Redis } from 'ioredis';
import type { BackendChoice } from '../engine/index.js';
import type { WorkerName } from './records.js';
import type { ObjectStore } from './stores/object-store.js';

export interface WorkerContext {
  readonly redis: Redis;
  readonly store: ObjectStore;
  readonly name: WorkerName;
  /** Milliseconds after which the fold of a dead worker goes on elsewhere, at the latest. */
  readonly lockTime: number;
  /** A folder for the files of folds that are being trained. */
  readonly scratch: string;
  readonly dataDir?: string;
  readonly backend?: BackendChoice;
  /** Tells the user something, in a line. */
  readonly tell: (line: string) => void;
}

/** Milliseconds between heartbeats: five of them fit into the lock that Redis keeps. */
export const heartbeatOf = ({ lockTime }: Pick<WorkerContext, 'lockTime'>) => Math.round(0.12 * lockTime);

/** Milliseconds between two looks for work. */
export const pollOf = ({ lockTime }: Pick<WorkerContext, 'lockTime'>) =>
  Math.min(1000, Math.max(50, Math.round(lockTime / 20)));
