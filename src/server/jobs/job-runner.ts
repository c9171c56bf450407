/** Runs jobs in a worker thread, so that the studio answers while it computes. */

import { Worker } from 'node:worker_threads';
import { LexelError } from '../../util/errors.js';
import { WORKER_OPTIONS } from '../../util/worker.js';
import type { JOBS, JobName } from './jobs.js';
import type { JobAnswer, JobRequest, WorkerData } from './messages.js';

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

type Options<Name extends JobName> = Parameters<(typeof JOBS)[Name]>[0];
type Result<Name extends JobName> = Awaited<ReturnType<(typeof JOBS)[Name]>>;

export interface JobRunnerOptions {
  /** See {@link WorkerData}; default false. */
  readonly lowPriority?: boolean;
  /** Called when the first of its jobs begins, and again after all have ended. */
  readonly onBusy?: () => void;
}

export class JobRunner {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;

  constructor(private readonly options: JobRunnerOptions = {}) {}

  /** Whether a job runs or waits. */
  get busy(): boolean {
    return this.waiting.size > 0;
  }

  /** @throws what the job throws; an error if the thread ends, for example without memory */
  run<Name extends JobName>(name: Name, options: Options<Name>): Promise<Result<Name>> {
    if (!this.busy) this.options.onBusy?.();
    this.worker ??= this.start();
    this.worker.ref();
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker!.postMessage({ id, name, options } satisfies JobRequest);
    });
  }

  private start(): Worker {
    const workerData: WorkerData = { lowPriority: this.options.lowPriority ?? false };
    const worker = new Worker(workerFile(), { ...WORKER_OPTIONS, workerData });
    worker.on('message', (answer: JobAnswer) => this.settle(answer));
    worker.on('error', (error) => this.lose(worker, error));
    worker.on('exit', () => this.lose(worker, new Error('the thread that computes results has ended')));
    return worker;
  }

  private settle(answer: JobAnswer): void {
    const { id } = answer;
    const asked = this.waiting.get(id);
    if (!asked) return; // stopped by close, with the answer on its way
    const { resolve, reject } = asked;
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.worker?.unref();
    if ('result' in answer) {
      resolve(answer.result as never);
      return;
    }
    const { message, hint, code, stack } = answer;
    reject(code ? new LexelError(message, hint, { code }) : Object.assign(new Error(message), { stack }));
  }

  /** The next job starts another thread. */
  private lose(worker: Worker, error: unknown): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    const memory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
    const told = memory
      ? new LexelError('the results of this run do not fit into memory', undefined, { code: 'LEXEL_MEMORY' })
      : (error as Error);
    for (const { reject } of this.waiting.values()) reject(told);
    this.waiting.clear();
  }

  /** Ends the thread; its jobs fail. The next job starts another. */
  async close(): Promise<void> {
    const { worker } = this;
    if (!worker) return;
    this.lose(worker, new Error('the computation of results was stopped'));
    await worker.terminate();
  }
}

/** Workers need compiled code: when this runs from source (in tests), the file in dist/ is used. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../../dist/server/jobs/worker.js', import.meta.url)
    : new URL('./worker.js', import.meta.url);
}
