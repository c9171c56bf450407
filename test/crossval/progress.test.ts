import { describe, expect, it } from 'vitest';
import type { Experiment } from '../../src/crossval/index.js';
import { FLAG_PAUSED, FLAG_STEPS } from '../../src/crossval/messages.js';
import { ProgressTracker } from '../../src/crossval/progress.js';

const folds = ['a', 'b'].map((id, c) => ({ id, heldOut: [c] }));
const experiment = {
  config: { batch: 10, limit: null, epochs: 2 },
  dataset: { train: { count: 300 }, classes: ['a', 'b', 'c'] },
  folds,
} as unknown as Experiment;

describe('progress', () => {
  it('excludes the images of finished folds and pauses from the rate', async () => {
    const tracker = new ProgressTracker(experiment, { finished: ['a'] });
    const flags = tracker.begin(folds[1]);
    Atomics.store(flags, FLAG_STEPS, 20);
    await new Promise((done) => setTimeout(done, 60));
    const before = tracker.read();
    expect(before).toMatchObject({ foldsDone: 1, folds: 2, images: 600, totalImages: 800 });
    // Most of the time so far was a pause, so the rate is that of the rest.
    tracker.paused(50);
    expect(tracker.read().imagesPerSecond).toBeGreaterThan(2 * before.imagesPerSecond);
    expect(Atomics.load(flags, FLAG_PAUSED)).toBe(50);
    tracker.end(folds[1], 'finished');
    expect(tracker.read()).toMatchObject({ foldsDone: 2, images: 800 });
  });

  it('excludes skipped and failed folds from the totals', () => {
    const tracker = new ProgressTracker(experiment, { finished: [], leftAlone: ['a'] });
    expect(tracker.read().totalImages).toBe(400);
    tracker.begin(folds[1]);
    tracker.end(folds[1], 'failed');
    expect(tracker.read()).toMatchObject({ foldsDone: 0, folds: 2, totalImages: 0 });
  });
});
