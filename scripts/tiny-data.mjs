// A data set whose folds take a moment, for tests and fault schedules: drawn images of 8 × 8 pixels in folders, and word
// vectors in a text file. Its types are in tiny-data.d.mts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { deriveKey, Random } from '../dist/util/random.js';

/**
 * @param {string} dir
 * @param {import('./tiny-data.mjs').TinyData} [data]
 */
export async function writeTinyData(
  dir,
  { classes = 4, train = 8, test = 2, batch = 8, epochs = 3, seed = 0 } = {},
) {
  const random = new Random(deriveKey(3, 'tiny data'));
  const words = [];
  for (let c = 0; c < classes; c++) {
    const name = `class-${String(c).padStart(2, '0')}`;
    words.push(`${name} ${Array.from({ length: 8 }, () => (2 * random.uniform() - 1).toFixed(4)).join(' ')}`);
    for (const [split, count] of Object.entries({ train, test })) {
      const folder = join(dir, 'images', split, name);
      mkdirSync(folder, { recursive: true });
      for (let i = 0; i < count; i++) {
        const pixels = Uint8Array.from(
          { length: 192 },
          (_, j) => 16 * ((c + j) % 8) + 128 * random.uniform(),
        );
        const image = sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } });
        await image.png().toFile(join(folder, `${i}.png`));
      }
    }
  }
  writeFileSync(join(dir, 'words.txt'), `${words.join('\n')}\n`);
  return [
    ...['--data', join(dir, 'images'), '--words', join(dir, 'words.txt'), '--size', '8', '--net', 'lite'],
    ...['--width', '0.25', '--batch', `${batch}`, '--epochs', `${epochs}`, '--seed', `${seed}`],
  ];
}
