/** A worker thread: trains one fold, writes its files, and ends. */

import { parentPort, workerData } from 'node:worker_threads';
import { trainFold } from '../train/index.js';
import { foldOptions } from './fold-options.js';
import { checkHeld } from './lock-file.js';
import {
  FLAG_EVALUATED,
  FLAG_PAUSED,
  FLAG_RESUMED,
  FLAG_STEPS,
  FLAG_STOP,
  failure,
  type WorkerMessage,
  type WorkerTask,
} from './messages.js';
import { appendEvent, checkpointPrefix, storeFold } from './store.js';

const task = workerData as WorkerTask;
const post = (message: WorkerMessage) => parentPort?.postMessage(message);

try {
  const { dir, experiment, fold, flags, fence } = task;
  const checkOwn = () => fence && checkHeld(fence, `fold ${fold.id}`);
  const result = await trainFold({
    ...foldOptions(task),
    checkpoint: checkpointPrefix(dir, fold.id),
    allowDrift: task.allowDrift,
    on: (event) => {
      checkOwn(); // also before the checkpoint, which follows the event of an epoch
      appendEvent(dir, event);
      post({ type: 'event', event });
    },
    onCheckpoint: (epoch) => post({ type: 'checkpoint', epoch }),
    onStep: (done) => {
      if (Atomics.load(flags, FLAG_STEPS) === 0) Atomics.store(flags, FLAG_RESUMED, done - 1);
      Atomics.store(flags, FLAG_STEPS, done);
    },
    onEvaluated: (images) => Atomics.store(flags, FLAG_EVALUATED, images),
    pausedMilliseconds: () => Atomics.load(flags, FLAG_PAUSED),
    stop: () => Atomics.load(flags, FLAG_STOP) === 1,
  });
  if (result.status === 'stopped') {
    post({ type: 'stopped', epoch: result.epoch });
  } else {
    checkOwn();
    storeFold(dir, experiment, fold, result);
    post({ type: 'event', event: result.end });
    post({ type: 'finished' });
  }
} catch (error) {
  post(failure(error));
}
