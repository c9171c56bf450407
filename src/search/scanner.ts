/** Searches one matrix, large ones with several threads that share it. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { WORKER_OPTIONS } from '../util/worker.js';
import { type Found, mergeFound, scanRows } from './scan.js';
import type { ScanQuery, ScanTask } from './scan-worker.js';

/** Values below which a thread's start would cost more than it saves. */
const SMALL = 1 << 22;

export class Scanner {
  private readonly rows: number;
  private readonly threads: number;
  private workers: Part[] | undefined;

  /**
   * @param matrix [rows, d]; on a SharedArrayBuffer, or threads would copy it: others are searched in this thread.
   * @param threads at most so many. Default one a core, at most 8.
   */
  constructor(
    private readonly matrix: Float32Array | Uint16Array,
    dimension: number,
    threads = Math.min(8, availableParallelism()),
  ) {
    this.rows = matrix.length / dimension;
    const shared = matrix.buffer instanceof SharedArrayBuffer;
    this.threads = shared && matrix.length >= SMALL ? Math.max(1, threads) : 1;
  }

  /** The k rows with the greatest dot product with the query [d], exactly. */
  async search(query: Float32Array, k: number): Promise<Found> {
    if (this.threads === 1) return scanRows(this.matrix, query, 0, this.rows, k);
    const { matrix, rows, threads } = this;
    this.workers ??= Array.from({ length: threads }, (_, i) => {
      const at = (part: number) => Math.round((part * rows) / threads);
      return new Part({ matrix, from: at(i), to: at(i + 1) });
    });
    return mergeFound(await Promise.all(this.workers.map((part) => part.search(query, k))), k);
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    const workers = this.workers ?? [];
    this.workers = undefined;
    await Promise.all(workers.map((part) => part.close()));
  }
}

interface Waiting {
  resolve: (found: Found) => void;
  reject: (error: Error) => void;
}

/** One thread with its rows. It keeps the process alive only while it is asked something. */
class Part {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private count = 0;

  constructor(task: ScanTask) {
    this.worker = new Worker(workerFile(), { workerData: task, ...WORKER_OPTIONS });
    this.worker.unref();
    this.worker.on('message', ({ id, found }: { id: number; found: Found }) => {
      this.waiting.get(id)?.resolve(found);
      this.settle(id);
    });
    const fail = (error: Error) => {
      for (const [id, { reject }] of this.waiting) {
        reject(error);
        this.settle(id);
      }
    };
    this.worker.on('error', fail);
    this.worker.on('exit', () => fail(new Error('a search thread ended')));
  }

  search(query: Float32Array, k: number): Promise<Found> {
    const message: ScanQuery = { id: this.count++, query, k };
    return new Promise((resolve, reject) => {
      this.waiting.set(message.id, { resolve, reject });
      this.worker.ref();
      this.worker.postMessage(message);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(id: number): void {
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.worker.unref();
  }
}

/** Workers run compiled code: started from a source file (in tests), the one in dist/ is taken. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../dist/search/scan-worker.js', import.meta.url)
    : new URL('./scan-worker.js', import.meta.url);
}
