// Lexel as a contender: node bench/peers/lexel.mjs --net lite --backend native --threads 2. With --instances
// n, n worker threads train one network each at the same time, and their images/s are added up (each wasm
// network uses one thread).
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { textFlags } from '../lib/flags.mjs';
import { serve } from './serve.mjs';
import { makeStepper } from './stepper.mjs';

if (isMainThread) {
  const values = textFlags({
    net: 'lite',
    backend: 'auto',
    threads: '1',
    instances: '1',
    batch: '128',
    warmup: '3',
    size: '32',
    outputs: '100',
  });
  const { net, backend } = values;
  const number = (key) => Number(values[key]);
  const instances = number('instances');
  const [threads, batch, warmup, size, outputs] = ['threads', 'batch', 'warmup', 'size', 'outputs'].map(
    number,
  );
  const options = { net, backend, threads, batch, warmup, size, outputs };
  if (instances === 1) {
    const run = await makeStepper(options);
    await serve({ run: (steps) => run(Number(steps)) });
  } else {
    const workers = Array.from(
      { length: instances },
      () => new Worker(new URL(import.meta.url), { workerData: options }),
    );
    const answers = () =>
      Promise.all(
        workers.map(
          (worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)),
        ),
      );
    await answers();
    await serve({
      run: async (steps) => {
        const results = answers();
        for (const worker of workers) worker.postMessage(Number(steps));
        const each = await results;
        return {
          step_ms: each.flatMap((result) => result.step_ms),
          images_per_second: each.reduce((sum, result) => sum + result.images_per_second, 0),
        };
      },
    });
  }
} else {
  const run = await makeStepper(workerData);
  parentPort.on('message', async (steps) => parentPort.postMessage(await run(steps)));
  parentPort.postMessage({ ready: true });
}
