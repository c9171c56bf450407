/** A finished run over real images whose outputs are made up: words with noise, more of the word with every epoch. */
import {
  createRunDirectory,
  type ExperimentOptions,
  foldFiles,
  prepareExperiment,
  writeFoldOutputs,
} from '../../../src/crossval/index.js';
import { appendEvent } from '../../../src/crossval/store.js';
import type { Dataset } from '../../../src/data/index.js';
import { toHalf } from '../../../src/formats/index.js';
import { meanRow } from '../../../src/util/metrics.js';
import { deriveKey, Random } from '../../../src/util/random.js';

/** @returns the run's data set */
export async function madeRun(dir: string, options: ExperimentOptions): Promise<Dataset> {
  const experiment = await prepareExperiment(options);
  const { run, dataset, vectors } = experiment;
  createRunDirectory(dir, experiment);
  const d = run.words.dimension;
  for (const { id, heldOut } of run.folds) {
    const random = new Random(deriveKey(run.seed, 'made run', id));
    const seen = dataset.classes.map((_, c) => c).filter((c) => !heldOut.includes(c));
    const mu = meanRow(vectors, d, seen);
    const imagesOf = (held: boolean) => {
      const own = [...dataset.test.labels.keys()].filter(
        (i) => heldOut.includes(dataset.test.labels[i]) === held,
      );
      return { ids: Int32Array.from(own), labels: Int32Array.from(own, (i) => dataset.test.labels[i]) };
    };
    const outputs = (labels: Int32Array, share: number, noise: number) =>
      Float32Array.from({ length: labels.length * d }, (_, at) => {
        const [row, j] = [Math.floor(at / d), at % d];
        return mu[j] + share * (vectors[labels[row] * d + j] - mu[j]) + noise * random.normal();
      });
    const own = imagesOf(true);
    const others = imagesOf(false);
    const { outputs: file } = foldFiles(dir, id);
    writeFoldOutputs(file, {
      dimension: d,
      heldOut: {
        ...own,
        epoch0: outputs(own.labels, 0, 0.1),
        epoch1: outputs(own.labels, 0.2, 0.25),
        last: outputs(own.labels, 0.6, 0.25),
      },
      seenImages: { ...others, outputs: toHalf(outputs(others.labels, 0.9, 0.2)) },
      seen: {
        classes: Int32Array.from(seen),
        means: Float32Array.from(seen.flatMap((c) => [...vectors.subarray(c * d, (c + 1) * d)])),
      },
      metadata: { fold: id, seed: String(run.seed), recipe: run.recipe, dataset: run.dataset.hash },
    });
    appendEvent(dir, {
      type: 'end',
      ...{ fold: id, epochs: run.config.epochs, seconds: 1, imagesPerSecond: 1 },
      time: '2026-01-01T12:00:00.000Z',
    });
  }
  return dataset;
}
