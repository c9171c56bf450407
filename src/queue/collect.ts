/** A run directory from a store, on any machine: needs neither the images nor the coordinator. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beginOrJoin } from '../crossval/join.js';
import { readRun, readRunFile } from '../crossval/run-file.js';
import { readNpy } from '../formats/npy.js';
import { removeFolder, temporaryFolder } from '../formats/temporary.js';
import { LexelError } from '../util/errors.js';
import { Collector } from './collector.js';
import { experimentId, StoredExperiment } from './stored-experiment.js';
import type { ObjectStore } from './stores/object-store.js';

/**
 * The experiment whose results belong into a directory.
 * @param id the experiment's id or its beginning; default: that of the run in `dir`, or else the only one of the store
 * @throws LexelError if there is none, or more than one
 */
export async function experimentFor(store: ObjectStore, dir: string, id?: string): Promise<StoredExperiment> {
  if (id === undefined && existsSync(join(dir, 'run.json'))) {
    return new StoredExperiment(store, experimentId(readRunFile(dir)));
  }
  const all = await StoredExperiment.all(store);
  const found = id === undefined ? all : all.filter((one) => one.id.startsWith(id));
  if (found.length === 1) return found[0];
  const named = id === undefined ? 'experiment' : `experiment that begins with ${id}`;
  if (found.length === 0) {
    throw new LexelError(
      `${store.name} has no ${named}`,
      'begin one with lexel loo --queue and this --store',
      {
        code: 'LEXEL_NOT_FOUND',
      },
    );
  }
  const list = await Promise.all(found.map(async (one) => `  ${one.id}  ${(await one.run()).command}`));
  throw new LexelError(
    `${store.name} has ${found.length} experiments`,
    `name one with --experiment:\n${list.join('\n')}`,
  );
}

/**
 * Creates the run directory of an experiment, or adds its folds to the run that is there.
 * @returns what brings the results into it
 */
export async function openRunDirectory(stored: StoredExperiment, dir: string): Promise<Collector> {
  const scratch = temporaryFolder('lexel-collect');
  try {
    await stored.download(scratch);
    const { run, targets } = readRun(scratch);
    const words = join(scratch, 'words.npy');
    const wordVectors = existsSync(words) ? (readNpy(words).data as Float32Array) : undefined;
    const { folds } = await stored.plan();
    const { backend, isa, build = '' } = run;
    await beginOrJoin(dir, {
      run: { ...run, folds: folds.map(({ id, heldOut }) => ({ id, heldOut: [...heldOut] })) },
      vectors: targets,
      ...(wordVectors && { wordVectors }),
      engine: { backend, isa, build },
    });
    return new Collector(stored, dir, readRunFile(dir).folds);
  } finally {
    await removeFolder(scratch);
  }
}
