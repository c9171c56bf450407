/** Times real training steps of a fold, to estimate how long it will take. */

import { createTrainer } from '../engine/create.js';
import { makeEpochRunner } from './epoch.js';
import type { FoldOptions } from './options.js';
import { initialWeights, prepareFold } from './prepare.js';

/** Steps before the timed ones: the first one touches the memory and compiles code. */
const WARM_UP = 1;
/** The measurement ends after this many timed steps and seconds, whichever comes later, or at its deadline. */
const ENOUGH_STEPS = 5;
const ENOUGH_SECONDS = 0.4;

export interface MeasuredSteps {
  /** Mean time of the timed steps, with reading and augmenting their images. */
  readonly secondsPerStep: number;
  /** Number of timed steps; 0 if the warm-up took all the time: then its last step is the estimate. */
  readonly steps: number;
}

/**
 * Trains the first steps of a fold on a state of its own, which is then thrown away. Random numbers have no state, so
 * the fold's own training is not affected.
 * @param deadline in milliseconds since 1970; the step that runs at this time is finished
 * @param onWarm called after the warm-up; the time that it takes does not count
 * @throws LexelError if there are fewer images than one batch, or if training diverges
 */
export async function measureSteps(
  options: FoldOptions,
  deadline: number,
  onWarm: () => void = () => {},
): Promise<MeasuredSteps> {
  const { images, stepsPerEpoch, lossTarget, training, engine } = prepareFold(options);
  const trainer = await createTrainer(options.network, options.config.batch, training, {
    ...engine,
    backend: options.backend,
    init: initialWeights(options),
  });
  try {
    /** When the first step began, and when each step ended. */
    const times = [performance.now()];
    const timed = () => times.length - 1 - WARM_UP;
    const elapsed = () => (times.at(-1)! - times[WARM_UP]) / 1000;
    const onStep = () => {
      times.push(performance.now());
      if (timed() !== 0) return;
      onWarm();
      times[WARM_UP] = performance.now();
    };
    const stop = () =>
      times.length > 1 &&
      (Date.now() >= deadline || (timed() >= ENOUGH_STEPS && elapsed() >= ENOUGH_SECONDS));
    const measured = { ...options, onStep, stop };
    await makeEpochRunner(measured, trainer, images.indices, lossTarget, stepsPerEpoch)(1);
    if (timed() > 0) return { secondsPerStep: elapsed() / timed(), steps: timed() };
    const [before, last] = times.slice(-2);
    return { secondsPerStep: (last - before) / 1000, steps: 0 };
  } finally {
    await trainer.dispose();
  }
}
