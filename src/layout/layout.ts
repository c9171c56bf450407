/** Computes maps in a worker thread, unless they are in the cache. */
import { Worker } from 'node:worker_threads';
import { LexelError } from '../util/errors.js';
import { WORKER_OPTIONS } from '../util/worker.js';
import { cachedLayout, cacheLayout, layoutCache, layoutKey } from './layout-cache.js';
import type { LayoutMessage } from './layout-worker.js';
import type { Layout, LayoutTask } from './methods.js';
import type { Progress } from './neighbours.js';

export interface LayoutOptions {
  /** Stops the thread. */
  readonly signal?: AbortSignal;
  readonly onProgress?: Progress;
  /** Folder of kept maps; null to keep none. Default: `layouts` in the user's cache. */
  readonly cache?: string | null;
}

/**
 * The map of some rows: the same bits for the same task.
 * @throws the reason of `signal`; LexelError for rows that are not finite, or if there are none to fit
 * @example
 * const { places } = await layout({ method: 'umap', rows, dimension: 50, fitted: rows.length / 50, seed: 0 });
 */
export async function layout(task: LayoutTask, options: LayoutOptions = {}): Promise<Layout> {
  const { signal, onProgress, cache = layoutCache() } = options;
  signal?.throwIfAborted();
  checkTask(task);
  const key = cache === null ? '' : layoutKey(task);
  const kept = cache === null ? null : cachedLayout(cache, key);
  if (kept) {
    onProgress?.(1);
    return kept;
  }
  const made = await inWorker(task, signal, onProgress);
  if (cache !== null) cacheLayout(cache, key, made);
  return made;
}

function checkTask({ rows, dimension, fitted }: LayoutTask): void {
  if (!(fitted >= 1 && fitted * dimension <= rows.length))
    throw new LexelError(
      `a map cannot be fitted to ${fitted} of ${rows.length / dimension} rows`,
      'Give at least one row.',
    );
  const bad = rows.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new LexelError(
      `row ${Math.floor(bad / dimension)} of the map contains ${rows[bad]}`,
      'Leave out rows that are not finite.',
    );
}

function inWorker(task: LayoutTask, signal?: AbortSignal, onProgress?: Progress): Promise<Layout> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile(), { workerData: task, ...WORKER_OPTIONS });
    const stop = () => {
      reject(signal?.reason);
      void worker.terminate();
    };
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: LayoutMessage) => {
      if ('progress' in message) onProgress?.(message.progress);
      else resolve(message.layout);
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(new Error('the thread that computes the map ended'));
    });
  });
}

/** Workers need compiled code: when this runs from source (in tests), the file in dist/ is used. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../dist/layout/layout-worker.js', import.meta.url)
    : new URL('./layout-worker.js', import.meta.url);
}
