// @ts-check
// Embeds images in the space of the bundled model and compares them. Draws three images, unless paths are
// given.
// Run it in a checkout after `npm ci`: node examples/embed-images.mjs [image.jpg ...]

import { openModel } from 'lexel';

/**
 * An image in memory, as from a canvas, given a colour for every position.
 * @param {(x: number, y: number) => number[]} colour
 */
function draw(colour, width = 64, height = 48) {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set([...colour(x / width, y / height), 255], (y * width + x) * 4);
  return { data, width, height };
}
const sea = draw((_x, y) => (y < 0.5 ? [150, 190, 235] : [30, 70 + 40 * y, 130]));
const plain = draw((_x, y) => (y < 0.5 ? [160, 200, 240] : [90, 140 - 40 * y, 50]));
const apple = draw((x, y) => ((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.12 ? [200, 30, 30] : [255, 255, 255]));

const model = openModel();
const paths = process.argv.slice(2);
const names = paths.length > 0 ? paths : ['sea', 'plain', 'apple'];
// For unit vectors in the centred space, the dot product is the cosine that Lexel ranks by.
const vectors = await model.embed(paths.length > 0 ? paths : [sea, plain, apple], { unit: true });

for (let i = 0; i < names.length; i++)
  for (let j = 0; j < i; j++) {
    const cosine = vectors[i].reduce((sum, x, k) => sum + x * vectors[j][k], 0);
    console.log(`${names[j]} and ${names[i]}: ${cosine.toFixed(3)}`);
  }
