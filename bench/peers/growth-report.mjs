// Time and memory of a report: node bench/peers/growth-report.mjs CLASSES [IMAGES]. Creates a folder with
// CLASSES classes, trains two steps in each of five folds that hold out a fifth of the classes each, and
// reports the run.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { createRunDirectory, prepareExperiment, runFolds } from '../../dist/crossval/index.js';
import { writeReport } from '../../dist/report/index.js';
import { Random } from '../../dist/util/random.js';
import { peakMemory, say } from './serve.mjs';

const [classes, images] = process.argv.slice(2).map(Number);
const FOLDS = 5;
const DIMENSION = 50;
const random = new Random([1, 2]);
const dir = mkdtempSync(join(tmpdir(), 'lexel-bench-'));
try {
  const words = [];
  for (let c = 0; c < classes; c++) {
    const label = `class${c}`;
    const folder = join(dir, 'images', label);
    mkdirSync(folder, { recursive: true });
    words.push(
      [label, ...Array.from({ length: DIMENSION }, () => (random.uniform() - 0.5).toFixed(4))].join(' '),
    );
    for (let i = 0; i < images; i++) {
      const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, () => random.below(256));
      const raw = /** @type {const} */ ({ width: 32, height: 32, channels: 3 });
      await sharp(pixels, { raw })
        .png({ compressionLevel: 0 })
        .toFile(join(folder, `${i}.png`));
    }
  }
  writeFileSync(join(dir, 'words.txt'), `${words.join('\n')}\n`);
  const experiment = await prepareExperiment({
    data: join(dir, 'images'),
    words: join(dir, 'words.txt'),
    net: 'lite',
    recipe: 'poster',
    preset: 'adamw',
    protocol: `holdout:${Math.floor(classes / FOLDS)}`,
    seed: 0,
    epochs: 1,
    train: { limit: 256, batch: 128 },
    backend: 'auto',
    command: 'bench',
  });
  const run = join(dir, 'run');
  createRunDirectory(run, experiment);
  const outcome = await runFolds(run, experiment, { workers: 1, threads: 1 });
  if (outcome.failed.length > 0) throw new Error(outcome.failed[0].message);
  const before = peakMemory();
  const start = performance.now();
  const { summary } = await writeReport(run, { images: false });
  say({
    classes,
    seconds: (performance.now() - start) / 1000,
    peak_rss: peakMemory(),
    before,
    measured: summary.classes.length,
  });
} finally {
  rmSync(dir, { recursive: true, force: true });
}
