/** Searches one matrix; large ones with several threads that share it. */
import { Worker } from 'node:worker_threads';
import { abortable } from '../util/abortable.js';
import { UsageError } from '../util/errors.js';
import { usableCores } from '../util/machine.js';
import { WORKER_OPTIONS } from '../util/worker.js';
import { type Found, mergeFound, scanRows } from './scan.js';
import type { ScanQuery, ScanTask } from './scan-worker.js';

/** Below this number of values, starting threads costs more than it saves. */
const SMALL = 1 << 22;

export class Scanner {
  private readonly rows: number;
  private readonly threads: number;
  private workers: Part[] | undefined;

  /**
   * @param matrix [rows, d]. It should be in a SharedArrayBuffer; other buffers are searched in this thread,
   * because worker threads would copy them.
   * @param threads maximum number of threads. Default: one per core, at most 8.
   */
  constructor(
    private readonly matrix: Float32Array | Uint16Array,
    dimension: number,
    threads = Math.min(8, usableCores()),
  ) {
    this.rows = matrix.length / dimension;
    const shared = matrix.buffer instanceof SharedArrayBuffer;
    this.threads = shared && matrix.length >= SMALL ? Math.max(1, threads) : 1;
  }

  /**
   * The k rows with the largest dot products with the query [d], exactly.
   * @throws the reason of `signal` if it is aborted; its threads then finish in the background
   */
  async search(query: Float32Array, k: number, signal?: AbortSignal): Promise<Found> {
    signal?.throwIfAborted();
    if (this.threads === 1) return scanRows(this.matrix, query, 0, this.rows, k);
    const { matrix, rows, threads } = this;
    this.workers ??= Array.from({ length: threads }, (_, i) => {
      const at = (part: number) => Math.round((part * rows) / threads);
      return new Part({ matrix, from: at(i), to: at(i + 1) });
    });
    const found = Promise.all(this.workers.map((part) => part.search(query, k)));
    return mergeFound(await abortable(found, signal), k);
  }

  /** Ends the threads; a search that is running then rejects with a UsageError. */
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

/** One thread with its rows. It keeps the process alive only while a query is running. */
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
    this.worker.on('error', (error: Error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error('a search thread ended')));
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
    this.fail(
      new UsageError('closed while a search was running', 'Wait for search() before you call close().'),
    );
    await this.worker.terminate();
  }

  private fail(error: Error): void {
    for (const [id, { reject }] of this.waiting) {
      reject(error);
      this.settle(id);
    }
  }

  private settle(id: number): void {
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.worker.unref();
  }
}

/** Workers need compiled code: when this runs from source (in tests), the file in dist/ is used. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../dist/search/scan-worker.js', import.meta.url)
    : new URL('./scan-worker.js', import.meta.url);
}
