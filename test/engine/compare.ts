/** Compares one training step and one prediction of every backend with the float64 reference. */

import { AUGMENT_FIELDS } from '../../src/data/augment-record.js';
import {
  CompiledTrainer,
  compile,
  createPredictor,
  openBackend,
  type StateDict,
  type TrainingOptions,
  usualOptimizer,
} from '../../src/engine/index.js';
import { VARIANTS, withVariant } from './backends.js';
import { dataOf, MEAN, type Problem, STD } from './problems.js';
import { type ReferenceResult, runReference } from './reference.js';

const COMMON = { loss: 'mse', weightDecay: 0, clip: 0, ema: 0 } as const;
/** Plain gradient descent on the squared error. */
export const PLAIN: TrainingOptions = { ...COMMON, optimizer: 'sgd', momentum: 0 };
export const ADAMW: TrainingOptions = { ...COMMON, ...usualOptimizer('adamw') };
export const TOLERANCE = 1e-4;
/**
 * Some gradients cancel to zero (for example a batch norm's bias before another batch norm), so only rounding
 * errors remain. Errors are measured relative to the array's largest value, or to this share of the network's
 * largest gradient if that is more.
 */
const FLOOR = 0.1;
/**
 * Some networks cancel more than float32 can represent. The reference measures how much a gradient changes
 * when the values between layers are rounded, and this multiple of that change is tolerated: sums inside
 * layers round too.
 */
const ROUNDING = 16;
/** Nearer than this to a kink, rounding may change which side is taken, so such problems are skipped. */
const KINK = 1e-5;
const KEY = [123456789, 987654321] as const;

const largest = (values: ArrayLike<number>) => {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
};

/** Largest difference divided by the largest value; Infinity if a value is NaN. */
export function relativeError(got: ArrayLike<number>, want: ArrayLike<number>, floor = 0): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    if (!Number.isFinite(got[i])) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, Math.abs(got[i] - want[i]));
  }
  return worst === 0 ? 0 : worst / Math.max(largest(want), floor);
}

/** The reference's training and evaluation passes, or null if an input is too near a kink. */
export function referenceOf(problem: Problem) {
  const { network, loss } = problem;
  const data = dataOf(problem);
  const { images, targets } = data;
  const input = { images, targets, loss, dropoutKey: KEY };
  const training = runReference(network, data.state, input);
  const evaluation = runReference(network, data.state, { images, evaluate: true });
  if (training.kink < KINK) return null;
  const rounded = runReference(network, data.state, { ...input, round: true });
  return { data, training, evaluation, rounded };
}

export interface Deviation {
  /** Backend and array, for messages. */
  readonly where: string;
  readonly error: number;
}

/**
 * Compares every backend with the reference; the array with the largest deviation comes first. `null`: an
 * input is too near a kink.
 */
export async function deviations(problem: Problem, threads = 1): Promise<Deviation[] | null> {
  const reference = referenceOf(problem);
  if (!reference) return null;
  const { data, training, evaluation, rounded } = reference;
  const { network, batch, loss } = problem;
  const found: Deviation[] = [];
  const plan = compile(network, batch, { ...PLAIN, loss });
  for (const variant of VARIANTS) {
    await withVariant(variant, async () => {
      const note = (what: string, error: number) => found.push({ where: `${variant.name}: ${what}`, error });
      const engine = { backend: variant.backend, mean: MEAN, std: STD };
      const trainer = await CompiledTrainer.create(plan, {
        ...engine,
        backend: openBackend(variant.backend),
        init: data.state,
        threads,
      });
      const { pixels, targets } = data;
      const augment = new Int32Array(batch * AUGMENT_FIELDS);
      const got = await trainer.step({ pixels, augment, targets, learningRate: 0.01, dropoutKey: KEY });
      note('loss', relativeError([got], [training.loss], 0.01));
      compareArrays(await trainer.gradients(), training, rounded, note);
      compareRunning(await trainer.weights(), training, rounded, note);
      const predictor = await createPredictor(network, Math.max(1, batch - 1), engine);
      await predictor.load(data.state);
      note('prediction', relativeError(await predictor.predict(pixels), evaluation.output));
      await Promise.all([trainer.dispose(), predictor.dispose()]);
    });
  }
  return found.sort((a, b) => b.error - a.error);
}

type Note = (what: string, error: number) => void;

function compareArrays(got: StateDict, exact: ReferenceResult, rounded: ReferenceResult, note: Note): void {
  const floor = FLOOR * Math.max(...[...exact.gradients.values()].map(largest));
  for (const [name, { data }] of got) {
    const want = exact.gradients.get(name);
    const error = want
      ? beyondRounding(data, want, rounded.gradients.get(name)!, floor)
      : Number.POSITIVE_INFINITY;
    note(`gradient of ${name}`, error);
  }
}

function compareRunning(
  weights: StateDict,
  exact: ReferenceResult,
  rounded: ReferenceResult,
  note: Note,
): void {
  for (const [name, want] of exact.running) {
    const error = beyondRounding(weights.get(name)!.data, want, rounded.running.get(name)!, FLOOR);
    note(`${name} after a step`, error);
  }
}

/** The relative error, scaled down to TOLERANCE if rounding explains it. */
function beyondRounding(got: Float32Array, want: Float64Array, rounded: Float64Array, floor: number): number {
  const lost = relativeError(rounded, want, floor);
  return relativeError(got, want, floor) / (1 + (ROUNDING * lost) / TOLERANCE);
}
