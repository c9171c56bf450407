/** Messages between the studio and its worker thread. */

import type { ErrorCode } from '../../util/errors.js';
import type { JOBS, JobName } from './jobs.js';

/** What the thread is started with. */
export interface WorkerData {
  /** Whether it leaves the processors to others, where the system has priorities of threads (Linux). */
  readonly lowPriority: boolean;
}

export interface JobRequest {
  readonly id: number;
  readonly name: JobName;
  /** Of its function in {@link JOBS}. */
  readonly options: Parameters<(typeof JOBS)[JobName]>[0];
}

export type JobAnswer =
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number;
      readonly message: string;
      readonly hint?: string;
      /** Undefined for errors that are bugs in Lexel. */
      readonly code?: ErrorCode;
      readonly stack?: string;
    };
