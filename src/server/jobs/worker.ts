/** The worker thread that computes results of runs, one job after another. */

import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { LexelError } from '../../util/errors.js';
import { Turns } from '../../util/turns.js';
import { JOBS } from './jobs.js';
import type { JobAnswer, JobRequest, WorkerData } from './messages.js';

// On Linux this is the priority of the calling thread; elsewhere it would be that of the whole process.
if ((workerData as WorkerData).lowPriority && process.platform === 'linux')
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const turns = new Turns();
const post = (answer: JobAnswer) => parentPort?.postMessage(answer);

parentPort?.on('message', ({ id, name, options }: JobRequest) =>
  turns.queue(async () => {
    try {
      post({ id, result: await JOBS[name](options as never) });
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      if (error instanceof LexelError) post({ id, message, hint: error.hint, code: error.code });
      else post({ id, message, stack });
    }
  }),
);
