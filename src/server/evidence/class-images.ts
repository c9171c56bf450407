/** The images of one held-out class with the words nearest to the network's answers. */

import { shrinkPng } from '../../data/index.js';
import { imagesOfClass } from '../../report/held-out-images.js';
import type { RunData } from '../../statistics/load.js';
import type { ClassImages } from '../messages/results.js';
import { openImages } from '../opened.js';

/** Larger images are made this high and wide, in pixels: they are shown at 64. */
const LARGEST = 128;

/**
 * @param index class index
 * @param dataDir the directory that is searched first for the data set
 */
export async function classImages(data: RunData, index: number, dataDir?: string): Promise<ClassImages> {
  const found = await imagesOfClass(data, index, { dataDir, open: openImages });
  if ('reason' in found) return { images: [], missing: { reason: found.reason, hint: found.hint } };
  const images = await Promise.all(
    found.map(async ({ id, png, size, amongAll, amongHeldOut }) => {
      const { rank, candidates, words } = amongHeldOut ?? amongAll;
      const bytes = size > LARGEST ? await shrinkPng(png, LARGEST) : png;
      return {
        ...{ id, size, rank, candidates },
        png: Buffer.from(bytes).toString('base64'),
        words: words.map((word) => ({ ...word })),
      };
    }),
  );
  return { images, missing: null };
}
