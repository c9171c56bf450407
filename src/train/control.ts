/**
 * Controls (`--control`): the whole experiment with one thing taken away, so that what is left shows how much of a
 * result came without it (docs/DEFINITIONS.md).
 */

import { UsageError } from '../util/errors.js';
import { deriveKey, Random } from '../util/random.js';

/** What a control changes; whatever it has not is as in the experiment itself. */
export interface Control {
  readonly about: string;
  /** Other label vectors to train towards, float32 [classes, dimension]: equal for equal seeds, whichever folds run. */
  readonly vectors?: (vectors: Float32Array, dimension: number, random: Random) => Float32Array;
  /** The outputs are scores of all classes, trained by cross-entropy, and ConSE turns them into words. */
  readonly classifier?: true;
  /** Which layers learn. */
  readonly trainable?: 'last';
  /** It is the experiment's fair null: all is as it is but for which word belongs to which class. */
  readonly isNull?: true;
}

const CONTROLS = {
  permuted: {
    about:
      'word vectors assigned to the classes at random; each seed draws a permutation of its own, so --seeds gives several',
    vectors: permuted,
    isNull: true,
  },
  random: {
    about: "random directions, each of its label's vector's length",
    vectors: randomised,
  },
  'one-hot': {
    about: 'no words in training: a classifier of the seen classes, its answers turned into words by ConSE',
    classifier: true,
  },
  frozen: {
    about: 'random features: every weight but the last layer stays as initialised',
    trainable: 'last',
  },
} as const satisfies Record<string, Control>;

export type ControlName = keyof typeof CONTROLS;

/** Every control with what it does, for people. */
export const CONTROL_NAMES: readonly { readonly name: ControlName; readonly about: string }[] =
  Object.entries(CONTROLS).map(([name, { about }]) => ({ name: name as ControlName, about }));

/** @throws UsageError for an unknown name. */
export function controlName(name: string): ControlName {
  if (Object.hasOwn(CONTROLS, name)) return name as ControlName;
  throw new UsageError(`unknown control "${name}"`, `known controls: ${Object.keys(CONTROLS).join(', ')}`);
}

const NONE: Control = { about: 'the experiment itself' };

/** What a control changes; for none, nothing. A name that this version does not know changes nothing that it could tell. */
export function controlOf(name: string | null | undefined): Control {
  return name !== null && name !== undefined && Object.hasOwn(CONTROLS, name)
    ? CONTROLS[name as ControlName]
    : NONE;
}

/** The label vectors that a control trains towards. The very same array where the control leaves them alone. */
export function controlVectors(
  name: ControlName | undefined,
  vectors: Float32Array,
  dimension: number,
  seed: number,
): Float32Array {
  const { vectors: change } = controlOf(name);
  return change ? change(vectors, dimension, new Random(deriveKey(seed, name!))) : vectors;
}

function permuted(vectors: Float32Array, d: number, random: Random): Float32Array {
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
