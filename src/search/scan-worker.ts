/** A worker thread that scans its part of a shared matrix for every query. */
import { parentPort, workerData } from 'node:worker_threads';
import { scanRows } from './scan.js';

/** A worker's start-up data. */
export interface ScanTask {
  readonly matrix: Float32Array | Uint16Array;
  readonly from: number;
  readonly to: number;
}

/** A search request. */
export interface ScanQuery {
  readonly id: number;
  readonly query: Float32Array;
  readonly k: number;
}

const { matrix, from, to } = workerData as ScanTask;
parentPort?.on('message', ({ id, query, k }: ScanQuery) => {
  parentPort?.postMessage({ id, found: scanRows(matrix, query, from, to, k) });
});
