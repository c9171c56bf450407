/** A run of two folds that was really trained, so that it has features for other readings, and models. */
import { createRunDirectory, prepareExperiment, runFolds } from '../../src/crossval/index.js';
import { SHAPES } from '../crossval/shapes-options.js';

export async function trainedRun(dir: string): Promise<void> {
  const experiment = await prepareExperiment({ ...SHAPES, epochs: 1, selection: { folds: '0,1' } });
  createRunDirectory(dir, experiment);
  const { failed } = await runFolds(dir, experiment, { workers: 1 });
  if (failed.length > 0) throw new Error(`folds failed: ${JSON.stringify(failed)}`);
}
