/** An experiment whose folds take a tenth of a second: drawn images of 8 × 8 pixels in folders, and word vectors. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { type Experiment, foldFiles, prepareExperiment, readRunFile } from '../../src/crossval/index.js';
import { deriveKey, Random } from '../../src/util/random.js';

export interface TinyOptions {
  readonly classes?: number;
  readonly epochs?: number;
  readonly seed?: number;
}

/** Writes the images and words of an experiment into a folder. @returns options of `lexel loo` for them */
export async function writeTinyData(
  dir: string,
  { classes = 4, epochs = 3, seed = 0 }: TinyOptions = {},
): Promise<string[]> {
  const random = new Random(deriveKey(3, 'tiny data'));
  const lines: string[] = [];
  for (let c = 0; c < classes; c++) {
    const name = `class-${String(c).padStart(2, '0')}`;
    lines.push(`${name} ${Array.from({ length: 8 }, () => (2 * random.uniform() - 1).toFixed(4)).join(' ')}`);
    for (const [split, count] of [
      ['train', 8],
      ['test', 2],
    ] as const) {
      const folder = join(dir, 'images', split, name);
      mkdirSync(folder, { recursive: true });
      for (let i = 0; i < count; i++) {
        const pixels = Uint8Array.from(
          { length: 192 },
          (_, j) => 16 * ((c + j) % 8) + Math.floor(128 * random.uniform()),
        );
        await sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
          .png()
          .toFile(join(folder, `${i}.png`));
      }
    }
  }
  writeFileSync(join(dir, 'words.txt'), `${lines.join('\n')}\n`);
  return [
    ...['--data', join(dir, 'images'), '--words', join(dir, 'words.txt'), '--size', '8', '--net', 'lite'],
    ...['--width', '0.25', '--batch', '8', '--epochs', `${epochs}`, '--seed', `${seed}`],
  ];
}

/** The same experiment, prepared. */
export function tinyExperiment(dir: string, { epochs = 3, seed = 0 }: TinyOptions = {}): Promise<Experiment> {
  return prepareExperiment({
    data: join(dir, 'images'),
    words: join(dir, 'words.txt'),
    size: 8,
    net: 'lite',
    width: 0.25,
    recipe: 'poster',
    preset: 'adamw',
    protocol: 'loo',
    seed,
    epochs,
    train: { batch: 8 },
    command: 'test',
  });
}

/** An experiment's first fold alone. */
export function oneFold({ folds, run, ...experiment }: Experiment): Experiment {
  return { ...experiment, folds: folds.slice(0, 1), run: { ...run, folds: run.folds.slice(0, 1) } };
}

/** Outputs and models of a run's folds, which two runs of the same experiment have in common. */
export function resultBytes(dir: string): Map<string, Buffer> {
  const files = readRunFile(dir).folds.flatMap(({ id }) => {
    const { outputs, model } = foldFiles(dir, id);
    return [[`${id} outputs`, readFileSync(outputs)] as const, [`${id} model`, readFileSync(model)] as const];
  });
  return new Map(files);
}
