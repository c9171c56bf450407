/** Images to begin with: one of each shape, drawn in the worker. */

import { shapesWorld } from '../../../src/data/shapes/world.js';

export interface Example {
  readonly label: string;
  readonly picture: Blob;
}

const EXAMPLES = 10;
const SIZE = 96;

export function drawExamples(): Promise<Example[]> {
  const { classes, test } = shapesWorld({
    classes: EXAMPLES,
    perClass: 1,
    testPerClass: 1,
    size: SIZE,
    seed: 3,
  });
  const bytes = SIZE ** 2 * 3;
  return Promise.all(
    Array.from(test.labels, async (label, i) => ({
      label: classes[label],
      picture: await pictureOf(test.pixels.subarray(i * bytes, (i + 1) * bytes)),
    })),
  );
}

function pictureOf(rgb: Uint8Array): Promise<Blob> {
  const image = new ImageData(SIZE, SIZE);
  for (let i = 0; i < SIZE * SIZE; i++) {
    image.data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
    image.data[4 * i + 3] = 255;
  }
  const canvas = new OffscreenCanvas(SIZE, SIZE);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas.convertToBlob();
}
