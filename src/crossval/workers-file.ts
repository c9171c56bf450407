/** workers.json of a run directory: who trains its folds on other machines. Whoever collects the results writes it. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../formats/atomic.js';
import type { DeepReadonly } from '../util/read-only.js';
import * as z from '../util/zod.js';

const index = z.int().nonnegative();

const workersFileSchema = z.object({
  /** Milliseconds since 1970, by the clock of the machine with the run directory. */
  updated: z.number(),
  workers: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      pid: z.int().positive(),
      cores: z.int().positive(),
      since: z.string(),
      /** The folds of this run that it trains. */
      folds: z.array(
        z.object({
          fold: z.string(),
          /** The last checkpoint in the store; 0 for none. */
          epoch: index,
          epochs: index,
          imagesPerSecond: z.number().nonnegative(),
        }),
      ),
      /** Number of folds of other experiments that it trains. */
      others: index,
    }),
  ),
});
type WorkersFile = DeepReadonly<z.infer<typeof workersFileSchema>>;
export type RunWorker = WorkersFile['workers'][number];

/** Milliseconds after which nobody seems to collect any more. */
const STALE = 30_000;

const fileOf = (dir: string) => join(dir, 'workers.json');

export function writeWorkersFile(dir: string, workers: readonly RunWorker[]): void {
  writeFileAtomic(fileOf(dir), [
    `${JSON.stringify({ updated: Date.now(), workers } satisfies WorkersFile)}\n`,
  ]);
}

export function removeWorkersFile(dir: string): void {
  rmSync(fileOf(dir), { force: true });
}

/** The workers that train folds of a run, if somebody collects its results at present; else none. Never throws. */
export function workersOf(dir: string): readonly RunWorker[] {
  const file = fileOf(dir);
  if (!existsSync(file)) return [];
  try {
    const { data } = workersFileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return data && Math.abs(Date.now() - data.updated) < STALE ? data.workers : [];
  } catch {
    return []; // half-written by an earlier version, or gone meanwhile
  }
}

/** The worker that trains a fold, and what it says of the fold. */
export interface TrainedBy {
  readonly worker: RunWorker;
  readonly fold: RunWorker['folds'][number];
}

/** The folds that workers train, by id. */
export function trainedBy(workers: readonly RunWorker[]): ReadonlyMap<string, TrainedBy> {
  return new Map(
    workers.flatMap((worker) => worker.folds.map((fold) => [fold.fold, { worker, fold }] as const)),
  );
}
