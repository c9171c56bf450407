/** A worker thread that times a few training steps, at the same time as the other workers, and ends. */

import { parentPort, workerData } from 'node:worker_threads';
import { measureSteps } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { foldOptions } from './fold-options.js';
import type { ForecastTask, Measured } from './forecast.js';

const { task, deadline, ready } = workerData as ForecastTask;
const post = (message: Measured) => parentPort?.postMessage(message);

/** Waits until all workers are warm, so that they are timed while they compete for memory and power. */
function meet(): void {
  const [arrived, all] = [Atomics.add(ready, 0, 1) + 1, ready[1]];
  if (arrived === all) Atomics.notify(ready, 0);
  for (let now = arrived; now < all; now = Atomics.load(ready, 0)) {
    const left = deadline - Date.now();
    if (left <= 0) return;
    Atomics.wait(ready, 0, now, left);
  }
}

try {
  post(await measureSteps(foldOptions(task), deadline, meet));
} catch (error) {
  // The run itself reports it.
  if (!(error instanceof LexelError)) throw error;
  post(null);
}
