/**
 * Controls (`--control`): the whole experiment with one component removed, to measure how much of a result is
 * reached without it (docs/DEFINITIONS.md).
 */

import { UsageError } from '../util/errors.js';
import { knownNames } from '../util/names.js';
import { deriveKey, Random } from '../util/random.js';

/** The changes that a control makes; everything else is as in the real experiment. */
export interface Control {
  readonly about: string;
  /**
   * Replaces the label vectors, float32 [classes, dimension]; the result depends only on the seed, not on the
   * folds.
   */
  readonly vectors?: (vectors: Float32Array, dimension: number, random: Random) => Float32Array;
  /** The outputs are class scores, trained by cross-entropy; ConSE maps them to the word space. */
  readonly classifier?: true;
  /** The layers that are trained; default all. */
  readonly trainable?: 'last';
  /** This control is a valid null: only the assignment of words to classes differs from the experiment. */
  readonly isNull?: true;
}

const CONTROLS = {
  permuted: {
    about:
      'word vectors assigned to the classes at random; each seed draws its own permutation, so --seeds gives several',
    vectors: permuted,
    isNull: true,
  },
  random: {
    about: "random vectors, each with the length of its label's vector",
    vectors: randomised,
  },
  'one-hot': {
    about: 'no words in training: a classifier of the seen classes; ConSE maps its outputs to the word space',
    classifier: true,
  },
  frozen: {
    about: 'random features: only the last layer is trained; all other weights stay as initialised',
    trainable: 'last',
  },
} as const satisfies Record<string, Control>;

export type ControlName = keyof typeof CONTROLS;

/** Names and descriptions of all controls, for help texts. */
export const CONTROL_NAMES: readonly { readonly name: ControlName; readonly about: string }[] =
  Object.entries(CONTROLS).map(([name, { about }]) => ({ name: name as ControlName, about }));

/** @throws UsageError for an unknown name. */
export function controlName(name: string): ControlName {
  if (Object.hasOwn(CONTROLS, name)) return name as ControlName;
  throw new UsageError(`unknown control "${name}"`, knownNames(name, Object.keys(CONTROLS), 'controls'));
}

const NONE: Control = { about: 'the experiment itself' };

/** The changes of a control; no changes for null, undefined, or a name that this version does not define. */
export function controlOf(name: string | null | undefined): Control {
  return name !== null && name !== undefined && Object.hasOwn(CONTROLS, name)
    ? CONTROLS[name as ControlName]
    : NONE;
}

/** The label vectors that a control trains towards; the same array object if the control does not change them. */
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

/** The directions are uniform, because the Gaussian is isotropic; each row is scaled to its label's length. */
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
