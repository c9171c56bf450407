// @ts-check
// Finds the words nearest to an image: first among all labels of the bundled model, then among three chosen
// labels, then among 10,000 words.
// Run it in a checkout after `npm ci`: node examples/classify-images.mjs [image.jpg ...]

import { openModel } from 'lexel';

const model = openModel();
const { size } = model;

// Without arguments, draws an image in the network's input size: sky over water.
const pixels = new Uint8Array(size * size * 3);
for (let at = 0; at < pixels.length; at += 3) {
  const y = Math.floor(at / 3 / size) / size;
  pixels.set(y < 0.5 ? [150, 190, 235] : [30, 70 + 40 * y, 130], at);
}
const paths = process.argv.slice(2);
const images = paths.length > 0 ? paths : { data: pixels, width: size, height: size };

const show = (/** @type {string} */ title, /** @type {{ label: string, score: number }[][]} */ answers) => {
  for (const [i, words] of answers.entries()) {
    const list = words.map(({ label, score }) => `${label} (${score.toFixed(2)})`);
    console.log(`${paths[i] ?? 'drawn'}, ${title}: ${list.join(', ')}`);
  }
};
show('all labels', await model.classify(images, { top: 3 }));
show('chosen ones', await model.classify(images, { labels: ['mountain', 'sea', 'rocket'] }));
// Words that are no labels come from the vectors that the model was trained with; those of the bundled model are in the
// package.
show('10,000 words', await model.classify(images, { vocab: 10_000, top: 3 }));
