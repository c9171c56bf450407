/**
 * Controls (`--control`): the whole experiment with one thing taken away, so that what is left shows how much of a
 * result came without it (DESIGN, "Permuted control").
 */

import { UsageError } from '../util/errors.js';
import { deriveKey, Random } from '../util/random.js';

const CONTROLS = {
  permuted: 'word vectors dealt to the classes at random',
  random: "random directions, each of its label's vector's length",
  'one-hot': 'no words in training: a classifier of the seen classes, its answers turned into words by ConSE',
  frozen: 'random features: every weight but the last layer stays as initialised',
} as const;

export type ControlName = keyof typeof CONTROLS;

/** Every control with what it does, for people. */
export const CONTROL_NAMES: readonly { readonly name: ControlName; readonly about: string }[] =
  Object.entries(CONTROLS).map(([name, about]) => ({ name: name as ControlName, about }));

/** @throws UsageError for an unknown name. */
export function controlName(name: string): ControlName {
  if (Object.hasOwn(CONTROLS, name)) return name as ControlName;
  throw new UsageError(`unknown control "${name}"`, `known controls: ${Object.keys(CONTROLS).join(', ')}`);
}

/**
 * The label vectors that a control trains towards, float32 [classes, dimension]: equal for equal seeds, whichever
 * folds run. The very same array where the control leaves them alone.
 */
export function controlVectors(
  control: ControlName | undefined,
  vectors: Float32Array,
  dimension: number,
  seed: number,
): Float32Array {
  if (control === 'permuted') return dealt(vectors, dimension, new Random(deriveKey(seed, 'permuted')));
  if (control === 'random') return randomised(vectors, dimension, new Random(deriveKey(seed, 'random')));
  return vectors;
}

function dealt(vectors: Float32Array, d: number, random: Random): Float32Array {
  const order = random.shuffle(Array.from({ length: vectors.length / d }, (_, c) => c));
  const out = new Float32Array(vectors.length);
  for (const [to, from] of order.entries()) out.set(vectors.subarray(from * d, (from + 1) * d), to * d);
  return out;
}

/** Gaussian draws are alike in all directions; only their length is set. */
function randomised(vectors: Float32Array, d: number, random: Random): Float32Array {
  const out = new Float32Array(vectors.length);
  for (let at = 0; at < vectors.length; at += d) {
    const draw = Array.from({ length: d }, () => random.normal());
    const length = Math.hypot(...vectors.subarray(at, at + d));
    const scale = length / Math.hypot(...draw);
    for (let j = 0; j < d; j++) out[at + j] = draw[j] * scale;
  }
  return out;
}
