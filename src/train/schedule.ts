/** The learning rate as a pure function of the step; a resumed run needs no scheduler state. */

export interface Schedule {
  /** Highest learning rate. */
  readonly peak: number;
  /** Steps of linear warm-up; limited to a fifth of the run, for short runs. */
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/**
 * Linear warm-up from peak / warmupSteps to peak, then cosine decay to 0 (Loshchilov and Hutter, "SGDR",
 * 2017, eq. 5 with one period). `step` counts from 0; the rate is above 0 at every step of the run.
 */
export function learningRateAt(step: number, schedule: Schedule): number {
  const { peak, totalSteps } = schedule;
  const warmup = Math.min(schedule.warmupSteps, Math.floor(totalSteps / 5));
  if (step < warmup) return peak * ((step + 1) / warmup);
  const progress = (step - warmup) / Math.max(1, totalSteps - warmup);
  return 0.5 * peak * (1 + Math.cos(Math.PI * Math.min(1, progress)));
}
