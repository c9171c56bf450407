// Loaded into every thread of a process by signal-after-checkpoint.ts.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { FLAG_STOP } from '../../dist/crossval/messages.js';

const [signal, epoch] = (process.env.LEXEL_TEST_SIGNAL ?? '').split(' ');

if (!isMainThread && parentPort && workerData?.flags) {
  const { flags } = workerData;
  const post = parentPort.postMessage;
  parentPort.postMessage = function (message) {
    post.call(this, message);
    if (message.type !== 'checkpoint' || message.epoch !== Number(epoch)) return;
    process.kill(process.pid, signal);
    while (Atomics.load(flags, FLAG_STOP) === 0) Atomics.wait(flags, FLAG_STOP, 0, 10);
  };
}
