// A data set whose folds take a moment: one class for each fold, images of 8 × 8 pixels, and word vectors in a text file.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { deriveKey, Random } from '../../dist/util/random.js';

/** Epochs of a fold: each is a few steps, and leaves a checkpoint. */
const EPOCHS = 3;

/** Writes images and words below `dir`. @returns the options of `lexel loo` for them */
export async function writeTinyData(dir, classes) {
  const random = new Random(deriveKey(1, 'fault test'));
  const number = (least, most) => least + (most - least) * random.uniform();
  const words = [];
  for (let c = 0; c < classes; c++) {
    const name = `class-${String(c).padStart(2, '0')}`;
    words.push(`${name} ${Array.from({ length: 8 }, () => number(-1, 1).toFixed(4)).join(' ')}`);
    for (const [split, count] of Object.entries({ train: 2, test: 1 })) {
      const folder = join(dir, 'images', split, name);
      mkdirSync(folder, { recursive: true });
      for (let i = 0; i < count; i++) {
        const pixels = Uint8Array.from({ length: 192 }, (_, j) => number(0, 128) + 16 * ((c + j) % 8));
        const image = sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } });
        await image.png().toFile(join(folder, `${i}.png`));
      }
    }
  }
  writeFileSync(join(dir, 'words.txt'), `${words.join('\n')}\n`);
  return [
    ...['--data', join(dir, 'images'), '--words', join(dir, 'words.txt'), '--size', '8', '--net', 'lite'],
    ...['--width', '0.25', '--batch', `${Math.min(16, classes)}`, '--epochs', `${EPOCHS}`],
  ];
}
