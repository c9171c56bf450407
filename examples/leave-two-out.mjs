// @ts-check
// Holds out two classes of the drawn shapes world, trains on the other 58, and measures the network on the
// two. Downloads nothing. Run it in a checkout after `npm ci`: node examples/leave-two-out.mjs

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunDirectory, prepareExperiment, runFolds } from 'lexel';
import { writeReport } from 'lexel/report';

const dir = mkdtempSync(join(tmpdir(), 'lexel-example-'));
const experiment = await prepareExperiment({
  data: 'shapes',
  words: 'shapes',
  net: 'lite',
  recipe: 'poster',
  preset: 'adamw',
  protocol: 'single',
  holdout: ['red_circle', 'striped_triangle'],
  seed: 0,
  epochs: 2,
  train: { limit: 1280, batch: 64 },
});
createRunDirectory(dir, experiment);

const { failed } = await runFolds(dir, experiment, {
  onEvent: (event) => {
    if (event.type !== 'epoch') return;
    const { loss, rank } = event.heldOut;
    console.log(
      `epoch ${event.epoch}: held-out loss ${loss?.toFixed(4)}, rank of the true word ${rank?.toFixed(1)}`,
    );
  },
});
if (failed.length > 0) throw new Error(failed[0].message);

const { summary, files } = await writeReport(dir);
for (const { label, change, all } of summary.classes) {
  console.log(
    `${label}: loss changed by ${(100 * change.initial).toFixed(1)} %, hit@5 ${(100 * all.hit5).toFixed(0)} %`,
  );
}
console.log(`The report is ${files[0]}`);
