/** Callbacks and readers of the log receive equal events. */

import { describe, expect, it } from 'vitest';
import { LogLine } from '../../src/crossval/fold-log.js';
import { pickTrainConfig, trainConfigSchema } from '../../src/train/config.js';
import { type FoldEvent, trainFold } from '../../src/train/index.js';
import { TINY_CONFIG, tinyOptions, tinyWorld } from './tiny.js';

describe('the events of a fold', () => {
  it.each([
    ['two classes', [0, 3]],
    ['nothing', []],
  ])('that holds out %s are equal in callbacks and in its log', async (_, heldOut) => {
    const world = await tinyWorld();
    const events: FoldEvent[] = [];
    const fold = { id: 'fold', heldOut };
    await trainFold({ ...tinyOptions(world, { epochs: 1 }), fold, on: (event) => events.push(event) });
    expect(events.map(({ type }) => type)).toEqual(['start', 'epoch', 'epoch']);
    for (const event of events) expect(LogLine.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
    const [, untrained] = events;
    if (untrained.type !== 'epoch') throw new Error('no epoch');
    expect(untrained.classes).toHaveLength(heldOut.length);
    expect(untrained.heldOut.loss === null).toBe(heldOut.length === 0);
  });
});

describe('the training configuration', () => {
  it('is extracted in the order of its schema, without other keys', () => {
    const mixed = Object.fromEntries(Object.entries({ net: 'lite', ...TINY_CONFIG }).reverse());
    const picked = pickTrainConfig(mixed as unknown as typeof TINY_CONFIG);
    expect(picked).toEqual(TINY_CONFIG);
    const keys = Object.keys(trainConfigSchema.shape).filter((key) => key in TINY_CONFIG);
    expect(Object.keys(picked)).toEqual(keys);
  });

  it('reports values that are out of range', () => {
    expect(() => pickTrainConfig({ ...TINY_CONFIG, batch: -1 })).toThrow(
      /the training configuration is wrong: .*>0.* at batch/,
    );
    expect(() => pickTrainConfig({ ...TINY_CONFIG, ema: Number.NaN })).toThrow('at ema');
  });
});
