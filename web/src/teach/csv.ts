/** The curves of a training as CSV: one line an epoch, with the names of a fold's log (docs/RUN-DIRECTORY.md). */

import type { Measured } from './types.js';

const HELD_OUT = ['loss', 'skill', 'centredCosine', 'rank', 'hit1', 'hit5', 'hit10'] as const;

export function curvesCsv(epochs: readonly Measured[]): string {
  const header = [
    'epoch',
    'trainLoss',
    'learningRate',
    'seconds',
    'images',
    ...HELD_OUT.map((name) => `heldOut.${name}`),
    'heldOut.hit1AmongHeldOut',
  ];
  const lines = epochs.map(({ epoch, trainLoss, learningRate, seconds, images, heldOut, amongHeldOut }) =>
    [epoch, trainLoss, learningRate, seconds, images, ...HELD_OUT.map((name) => heldOut[name]), amongHeldOut]
      .map((value) => value ?? '')
      .join(','),
  );
  return `${[header.join(','), ...lines].join('\n')}\n`;
}
