import { describe, expect, it } from 'vitest';
import type { Experiment } from '../../src/crossval/index.js';
import { FLAG_EVALUATED, FLAG_PAUSED, FLAG_STEPS } from '../../src/crossval/messages.js';
import { ProgressTracker } from '../../src/crossval/progress.js';

const folds = ['a', 'b'].map((id, c) => ({ id, heldOut: [c] }));
const experiment = {
  config: { batch: 10, limit: null, epochs: 2 },
  dataset: { train: { count: 300 }, test: { count: 90 }, classes: ['a', 'b', 'c'] },
  folds,
} as unknown as Experiment;

describe('progress', () => {
  it('excludes the images of finished folds and pauses from the rate', async () => {
    const begun = performance.now();
    const tracker = new ProgressTracker(experiment, { finished: ['a'] });
    const flags = tracker.begin(folds[1]);
    Atomics.store(flags, FLAG_STEPS, 20);
    await new Promise((done) => setTimeout(done, 60));
    const before = tracker.read();
    expect(before).toMatchObject({ foldsDone: 1, folds: 2, images: 600, totalImages: 800 });
    // Most of the time so far was a pause, so the rate is that of the rest, in which 200 images were trained on.
    tracker.paused(50);
    const { imagesPerSecond } = tracker.read();
    const seconds = (performance.now() - begun) / 1000;
    expect(imagesPerSecond).toBeGreaterThan(200 / (seconds - 0.05));
    expect(Atomics.load(flags, FLAG_PAUSED)).toBe(50);
    tracker.end(folds[1], 'finished');
    expect(tracker.read()).toMatchObject({ foldsDone: 2, images: 800 });
  });

  it('is below 1 until the last evaluation is done', () => {
    const tracker = new ProgressTracker(experiment, { finished: [] });
    const flags = tracker.begin(folds[0]);
    const shares = [tracker.read().share];
    for (let step = 1; step <= 40; step++) {
      Atomics.store(flags, FLAG_STEPS, step);
      shares.push(tracker.read().share);
    }
    expect(tracker.read()).toMatchObject({ images: 400, totalImages: 800 });
    // 400 images to train on, 3 x 30 evaluated between, and 2 x 90 + 200 evaluated at the end.
    const fold = 400 + (90 + 380) / 3;
    expect(shares.at(-1)).toBeCloseTo((400 + 90 / 3) / (2 * fold), 9);
    for (const evaluated of [60, 260, 320, 380]) {
      Atomics.store(flags, FLAG_EVALUATED, evaluated);
      shares.push(tracker.read().share);
    }
    expect(shares.at(-1)).toBeCloseTo(1 / 2, 9);
    expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
    tracker.end(folds[0], 'finished');
    expect(tracker.read().share).toBeCloseTo(1 / 2, 9);
    expect(tracker.read().secondsLeft).toBeGreaterThan(0);
    tracker.begin(folds[1]);
    tracker.end(folds[1], 'failed');
    expect(tracker.read().share).toBe(1);
  });

  it('excludes skipped and failed folds from the totals', () => {
    const tracker = new ProgressTracker(experiment, { finished: [], leftAlone: ['a'] });
    expect(tracker.read().totalImages).toBe(400);
    tracker.begin(folds[1]);
    tracker.end(folds[1], 'failed');
    expect(tracker.read()).toMatchObject({ foldsDone: 0, folds: 2, totalImages: 0 });
  });
});
