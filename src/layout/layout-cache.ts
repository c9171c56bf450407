/** Keeps computed maps in the user's cache: `layouts/<checksum of the task>.safetensors`. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf } from '../formats/bytes.js';
import { keepNewest } from '../formats/keep-newest.js';
import { readSafetensors, writeSafetensors } from '../formats/safetensors-file.js';
import { TensorSet } from '../formats/tensor-set.js';
import { cacheDirectory } from '../util/data-dir.js';
import { LexelError } from '../util/errors.js';
import { LAYOUT_VERSION, type Layout, type LayoutTask } from './methods.js';

/** Maps that are kept; the oldest are removed. One of 10,000 images at three epochs takes 240 kB. */
const KEPT = 100;

export const layoutCache = () => join(cacheDirectory(), 'layouts');

/** Checksum of everything that determines the map. */
export function layoutKey({ method, rows, dimension, fitted, seed }: LayoutTask): string {
  const about = { version: LAYOUT_VERSION, method, dimension, fitted, seed: method === 'pca' ? 0 : seed };
  return createHash('sha256').update(JSON.stringify(about)).update(bytesOf(rows)).digest('hex');
}

const fileOf = (folder: string, key: string) => join(folder, `${key}.safetensors`);

/** @returns null if the map is not in the cache; a damaged file counts as absent, because it can be computed again */
export function cachedLayout(folder: string, key: string): Layout | null {
  const file = fileOf(folder, key);
  if (!existsSync(file)) return null;
  try {
    const { tensors } = readSafetensors(file);
    const set = new TensorSet(file, tensors);
    const count = set.get('places')?.shape[0] ?? 0;
    const explained = set.has('explained') ? set.take('explained', 'F64', [2]) : null;
    return {
      places: set.take('places', 'F32', [count, 2]),
      explained: explained && [explained[0], explained[1]],
    };
  } catch (error) {
    if (error instanceof LexelError) return null;
    throw error;
  }
}

export function cacheLayout(folder: string, key: string, { places, explained }: Layout): void {
  writeSafetensors(
    fileOf(folder, key),
    new Map([
      ['places', { dtype: 'F32', shape: [places.length / 2, 2], data: places }],
      ...(explained
        ? ([['explained', { dtype: 'F64', shape: [2], data: Float64Array.from(explained) }]] as const)
        : []),
    ]),
    { format: 'lexel-layout', version: String(LAYOUT_VERSION) },
  );
  keepNewest(folder, KEPT);
}
