// `lexel loo` as a contender: node bench/peers/folds.mjs --net lite --workers 2 --images 2560. "run n" trains
// n complete folds of the shapes world with Lexel's own runner, for some epochs, in a directory that is
// removed afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunDirectory, prepareExperiment, runFolds } from '../../dist/crossval/index.js';
import { textFlags } from '../lib/flags.mjs';
import { peakMemory, serve } from './serve.mjs';

const values = textFlags({ net: 'lite', workers: '1', images: '2560', epochs: '1', batch: '128' });
const experiment = await prepareExperiment({
  data: 'shapes',
  words: 'shapes',
  net: values.net,
  recipe: 'poster',
  preset: 'adamw',
  protocol: 'loo',
  seed: 0,
  epochs: Number(values.epochs),
  train: { limit: Number(values.images), batch: Number(values.batch) },
  backend: 'auto',
  command: 'bench',
});

async function run(count) {
  const dir = mkdtempSync(join(tmpdir(), 'lexel-bench-'));
  try {
    const folds = experiment.folds.slice(0, count);
    const some = {
      ...experiment,
      folds,
      run: { ...experiment.run, folds: experiment.run.folds.slice(0, count) },
    };
    createRunDirectory(join(dir, 'run'), some);
    // Measured from the first fold's untrained evaluation to the end of the last fold's training, so
    // overlapping time counts once.
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    let images = 0;
    const outcome = await runFolds(join(dir, 'run'), some, {
      workers: Number(values.workers),
      threads: 1,
      onEvent: (event) => {
        if (event.type !== 'epoch') return;
        const now = performance.now();
        if (event.epoch === 0) first = Math.min(first, now);
        else last = now;
        images += event.images;
      },
    });
    if (outcome.failed.length > 0) throw new Error(outcome.failed[0].message);
    return { images, images_per_second: (images / (last - first)) * 1000, peak_rss: peakMemory() };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

await serve({ run: (count) => run(Number(count)) });
