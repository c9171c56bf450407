/**
 * Keeps drawn worlds in the user's cache, `shapes/<key>.safetensors`: drawing the usual one takes 1.4 s, reading it a tenth of that. The
 * key is a checksum of what the images depend on: the options, the modules that draw, and the machine's arithmetic.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepNewest } from '../../formats/keep-newest.js';
import { readSafetensors, writeSafetensors } from '../../formats/safetensors-file.js';
import { TensorSet } from '../../formats/tensor-set.js';
import { cacheDirectory } from '../../util/data-dir.js';
import { LexelError } from '../../util/errors.js';
import type { Dataset } from '../types.js';
import { blankSet, planWorld, type ShapesOptions, shapesWorld, type WorldPlan, worldOf } from './world.js';

/** Worlds that are kept; the oldest are removed. The usual one has 23 MB. */
const KEPT = 3;

/** A larger world is drawn each time. */
const MOST_BYTES = 64 * 2 ** 20;

const SPLITS = ['train', 'test'] as const;

export const shapesCache = () => join(cacheDirectory(), 'shapes');

/**
 * The same data set as {@link shapesWorld}, from the cache if it is there. A cache that cannot be written is passed over, and a damaged
 * file is replaced.
 * @throws LexelError if a number is out of range
 */
export function keptWorld(options: ShapesOptions = {}, folder = shapesCache()): Dataset {
  const plan = planWorld(options);
  const { classes, perClass, testPerClass, size } = plan;
  if (classes.length * (perClass + testPerClass) * size * size * 3 > MOST_BYTES) return shapesWorld(options);
  const file = join(folder, `${keyOf(plan)}.safetensors`);
  const kept = read(file, plan);
  if (kept) return kept;
  const world = shapesWorld(options);
  try {
    writeSafetensors(
      file,
      new Map(
        SPLITS.map((split) => {
          const data = world[split].pixels;
          return [split, { dtype: 'U8', shape: [data.length], data }] as const;
        }),
      ),
      { format: 'lexel-shapes' },
    );
    keepNewest(folder, KEPT);
  } catch {
    // A full or read-only disk: it is drawn again next time.
  }
  return world;
}

/** Null if it is not there or damaged. */
function read(file: string, plan: WorldPlan): Dataset | null {
  if (!existsSync(file)) return null;
  try {
    const { tensors } = readSafetensors(file);
    const set = new TensorSet(file, tensors);
    return worldOf(plan, (split) => {
      const images = blankSet(plan, split);
      images.pixels.set(set.take(split, 'U8', [images.pixels.length]));
      return images;
    });
  } catch (error) {
    if (error instanceof LexelError) return null;
    throw error;
  }
}

let modules: string | undefined;

/** The text of the modules that draw, as they run: a change of one makes other keys. */
function drawingModules(): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const here = fileURLToPath(new URL('.', import.meta.url));
  const files = readdirSync(here)
    .filter((name) => name.endsWith(extension) && !name.endsWith('.d.ts'))
    .sort()
    .map((name) => join(here, name));
  const random = fileURLToPath(new URL(`../../util/random${extension}`, import.meta.url));
  return [...files, random].map((file) => readFileSync(file, 'utf8')).join('\0');
}

function keyOf(plan: WorldPlan): string {
  modules ??= drawingModules();
  // Sines and cosines are V8's, and may differ in their last bit.
  const about = { plan, v8: process.versions.v8, machine: `${process.platform}-${process.arch}` };
  return createHash('sha256').update(JSON.stringify(about)).update(modules).digest('hex');
}
