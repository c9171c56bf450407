import { describe, expect, it } from 'vitest';
import { foldsInTraining } from '../../src/queue/live-folds.js';
import type { Presence } from '../../src/queue/records.js';

const own = '0123456789abcdef';
const fold = (name: string, token: number, experiment = own): Presence['folds'][number] => ({
  ...{ experiment, fold: name, token, epoch: 0, epochs: 5, steps: 0, imagesPerSecond: 0 },
});
const worker = (id: string, ...folds: Presence['folds']): Presence => ({
  ...{ id, host: 'one', pid: 1, cores: 2, since: '2026-01-01T12:00:00.000Z' },
  folds: [...folds],
});

describe('the folds in training', () => {
  it('belong to the last claim, also while its predecessor is paused and still names them', () => {
    const before = fold('bus', 2);
    const after = fold('bus', 3);
    const training = (...workers: Presence[]) => foldsInTraining(workers, own, new Set(['bus', 'oak']));
    expect(training(worker('a', before), worker('b', after)).get('bus')).toBe(after);
    expect(training(worker('a', after), worker('b', before)).get('bus')).toBe(after);
  });

  it('are those of the experiment that have no result yet', () => {
    const other = fold('bus', 1, 'fedcba9876543210');
    const done = fold('cup', 1);
    const oak = fold('oak', 1);
    const found = foldsInTraining([worker('a', other, done, oak)], own, new Set(['bus', 'oak']));
    expect([...found]).toEqual([['oak', oak]]);
  });
});
