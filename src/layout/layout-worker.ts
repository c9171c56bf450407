/** A worker thread that computes one map and reports its progress. */
import { parentPort, workerData } from 'node:worker_threads';
import { computeLayout, type Layout, type LayoutTask } from './methods.js';

export type LayoutMessage = { readonly progress: number } | { readonly layout: Layout };

const send = (message: LayoutMessage) => parentPort?.postMessage(message);
send({ layout: computeLayout(workerData as LayoutTask, (progress) => send({ progress })) });
