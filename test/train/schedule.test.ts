import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learningRateAt } from '../../src/train/schedule.js';

describe('learningRateAt', () => {
  it('rises linearly to the peak, then follows a cosine decay', () => {
    const schedule = { peak: 1, warmupSteps: 4, totalSteps: 104 };
    expect([0, 1, 2, 3].map((s) => learningRateAt(s, schedule))).toEqual([0.25, 0.5, 0.75, 1]);
    expect(learningRateAt(4, schedule)).toBe(1);
    expect(learningRateAt(54, schedule)).toBeCloseTo(0.5, 12);
    expect(learningRateAt(103, schedule)).toBeCloseTo(0.5 * (1 + Math.cos((Math.PI * 99) / 100)), 12);
  });

  it('limits warm-up to a fifth of a short run', () => {
    const schedule = { peak: 1, warmupSteps: 100, totalSteps: 10 };
    expect(learningRateAt(0, schedule)).toBe(0.5);
    expect(learningRateAt(1, schedule)).toBe(1);
  });

  it('stays above 0 and at most at the peak, and only decreases after the warm-up', () => {
    const shape = fc.record({
      peak: fc.double({ min: 1e-6, max: 10, noNaN: true }),
      warmupSteps: fc.nat(500),
      totalSteps: fc.integer({ min: 1, max: 2000 }),
    });
    fc.assert(
      fc.property(shape, (schedule) => {
        const rates = Array.from({ length: schedule.totalSteps }, (_, s) => learningRateAt(s, schedule));
        expect(Math.min(...rates)).toBeGreaterThan(0);
        expect(Math.max(...rates)).toBeLessThanOrEqual(schedule.peak);
        const warmup = Math.min(schedule.warmupSteps, Math.floor(schedule.totalSteps / 5));
        for (let s = warmup + 1; s < rates.length; s++) expect(rates[s]).toBeLessThanOrEqual(rates[s - 1]);
      }),
      { numRuns: 50 },
    );
  });
});
