// The figure at the top of README.md, from a run of `lexel demo`: node scripts/readme-figure.mjs runs/demo
//
// It shows the first test image of twelve held-out classes, evenly spread from the best to the worst mean rank. All
// images are drawn by Lexel.
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { svgToPng } from '../dist/figures/index.js';
import { heldOutImages, heldOutSheet, plainSentence } from '../dist/report/index.js';
import { loadRun, summarise } from '../dist/statistics/index.js';

const [dir] = process.argv.slice(2);
if (dir === undefined) {
  console.error('node scripts/readme-figure.mjs RUN: a run of `lexel demo`');
  process.exit(2);
}
const data = loadRun(dir);
const found = await heldOutImages(data, { limit: 12, words: 3 });
if ('reason' in found) throw new Error(found.reason);
const svg = heldOutSheet(found, {
  title: 'Shapes that the network had never seen, and the words that it chose',
  captions: [plainSentence(summarise(data, { resamples: 100 }), 'kinds of shape')],
  legend: { near: 'the right shape in another colour or pattern' },
  columns: 6,
});
const file = fileURLToPath(new URL('../docs/images/never-seen.png', import.meta.url));
await sharp(svgToPng(svg, 1.6)).png({ palette: true, quality: 90, effort: 10 }).toFile(file);
console.log(file);
