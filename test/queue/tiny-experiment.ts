/** An experiment whose folds take a tenth of a second. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Experiment, foldFiles, prepareExperiment, readRunFile } from '../../src/crossval/index.js';

export { writeTinyData } from '../../scripts/tiny-data.mjs';

/** The experiment on what `writeTinyData` wrote by default, prepared. */
export function tinyExperiment(dir: string, { epochs = 3, seed = 0 } = {}): Promise<Experiment> {
  return prepareExperiment({
    data: join(dir, 'images'),
    words: join(dir, 'words.txt'),
    size: 8,
    net: 'lite',
    width: 0.25,
    recipe: 'poster',
    preset: 'adamw',
    protocol: 'loo',
    seed,
    epochs,
    train: { batch: 8 },
    command: 'test',
  });
}

/** An experiment's first fold alone. */
export function oneFold({ folds, run, ...experiment }: Experiment): Experiment {
  return { ...experiment, folds: folds.slice(0, 1), run: { ...run, folds: run.folds.slice(0, 1) } };
}

/** Outputs and models of a run's folds, which two runs of the same experiment have in common. */
export function resultBytes(dir: string): Map<string, Buffer> {
  const files = readRunFile(dir).folds.flatMap(({ id }) => {
    const { outputs, model } = foldFiles(dir, id);
    return [[`${id} outputs`, readFileSync(outputs)] as const, [`${id} model`, readFileSync(model)] as const];
  });
  return new Map(files);
}
