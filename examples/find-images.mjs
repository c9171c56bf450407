// @ts-check
// Indexes a folder of images and searches it by word, by image, and by arithmetic with both. Run it in a
// checkout after `npm ci`: node examples/find-images.mjs [folder]. Without a folder, it draws one.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateQuery, ImageIndex, openModel, updateIndex } from 'lexel/search';
import sharp from 'sharp';

const work = mkdtempSync(join(tmpdir(), 'lexel-find-'));
const folder = process.argv[2] ?? (await drawFolder(join(work, 'images')));

const model = openModel();
const file = join(work, 'photos.lex');
const { images } = await updateIndex(folder, file, model, { half: true });
console.log(`${images} images in the index`);

const index = ImageIndex.open(file);
const first = join(index.root, index.names[0]);
for (const question of ['sea', 'orange', `img:"${first}" - sea + plain`]) {
  const { vector, images: own } = await evaluateQuery(model, question);
  const found = await index.search(vector, 2, own);
  const list = found.map(({ image, score }) => `${image.slice(index.root.length + 1)} (${score.toFixed(2)})`);
  console.log(`${question.replace(index.root, '…')}: ${list.join(', ')}`);
}
await index.close();
rmSync(work, { recursive: true });

/**
 * Draws two seas, a plain and two fruits in a simple style.
 * @param {string} dir
 */
async function drawFolder(dir) {
  mkdirSync(dir);
  /** @type {Record<string, [string, string, string?]>} sky, ground, disc */
  const scenes = {
    'blue sea': ['#96beeb', '#1e5a82'],
    'grey sea': ['#b4bec8', '#465f73'],
    'green plain': ['#a0c8f0', '#5a8c32'],
    'orange fruit': ['#ffffff', '#ffffff', '#f58c14'],
    'red fruit': ['#ffffff', '#ffffff', '#c81e1e'],
  };
  for (const [name, [sky, ground, disc]] of Object.entries(scenes)) {
    const circle = disc ? `<circle cx="32" cy="32" r="22" fill="${disc}"/>` : '';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="${sky}"/><rect y="32" width="64" height="32" fill="${ground}"/>${circle}</svg>`;
    await sharp(Buffer.from(svg))
      .png()
      .toFile(join(dir, `${name}.png`));
  }
  return dir;
}
