/** The worker thread that computes results of runs, one job after another. */

import { parentPort } from 'node:worker_threads';
import { LexelError } from '../../util/errors.js';
import { Turns } from '../../util/turns.js';
import { JOBS } from './jobs.js';
import type { JobAnswer, JobRequest } from './messages.js';

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
