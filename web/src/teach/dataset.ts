/** The images of a plan. */

import { type Dataset, imageDataset, type RawImage, shapesWorld } from '../../../src/browser/index.js';
import { type Plan, SIZE } from './types.js';

const raw = (data: Uint8Array): RawImage => ({ data, width: SIZE, height: SIZE });

export function datasetOf({ data, heldOut, seed }: Plan): Dataset {
  if (data.kind === 'shapes')
    return shapesWorld({
      size: SIZE,
      classes: data.classes,
      perClass: data.perClass,
      testPerClass: 10,
      seed,
    });
  const held = new Set(heldOut);
  return imageDataset({
    name: 'your images',
    size: SIZE,
    classes: data.classes.map(({ name, images }) => ({
      label: name,
      images: images.map(raw),
      // No image of a held-out class is trained on, so all of them can test it.
      ...(held.has(name) && { test: images.map(raw) }),
    })),
  });
}
