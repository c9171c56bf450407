/** What the parts of Teach it share: the plan of a training, and what it measured. */

import type { FoldEvent } from '../../../src/browser/index.js';

/** What was measured after an epoch. */
export type Measured = Extract<FoldEvent, { readonly type: 'epoch' }> & {
  /** hit@1 of the held-out classes among their own labels; null if none is held out. */
  readonly amongHeldOut: number | null;
};

/** A class that the visitor made: a word, and images of it. */
export interface VisitorClass {
  readonly name: string;
  /** Milliseconds since 1970; the order of the classes. */
  readonly added: number;
  /** Each uint8 [{@link SIZE}, SIZE, 3]. */
  readonly images: readonly Uint8Array<ArrayBuffer>[];
}

/** Height and width of the images that networks are taught with, in pixels. */
export const SIZE = 32;

/** The shapes world with so many classes and training images for each. */
export interface ShapesData {
  readonly kind: 'shapes';
  readonly classes: number;
  readonly perClass: number;
}

export interface OwnData {
  readonly kind: 'own';
  readonly classes: readonly Pick<VisitorClass, 'name' | 'images'>[];
}

/** Everything that determines a training, to the bit. */
export interface Plan {
  /** Names the training and its model. */
  readonly key: string;
  readonly data: ShapesData | OwnData;
  /** Labels. */
  readonly heldOut: readonly string[];
  readonly epochs: number;
  readonly batch: number;
  readonly seed: number;
}

/** The training after an epoch. */
export interface Progress {
  /** Of the {@link Plan}. */
  readonly key: string;
  readonly epochs: readonly Measured[];
  /** State of the training, to go on from; absent once it has finished. */
  readonly checkpoint?: Uint8Array;
  /** The model's file; only once it has finished. */
  readonly file?: Uint8Array<ArrayBuffer>;
}

/** Held-out images among the words, in two dimensions. */
export interface Frame {
  readonly epoch: number;
  /** x and y of each class's word, [classes, 2], between −1 and 1. */
  readonly words: Float32Array;
  /** x and y of the held-out test images, [n, 2]. */
  readonly images: Float32Array;
  /** Class of each image, [n]. */
  readonly labels: Int32Array;
}

/** How a held-out image was answered. */
export interface Judged {
  readonly pixels: Uint8Array;
  readonly label: string;
  /** The nearest words among all labels, and among the held-out labels alone. */
  readonly words: readonly string[];
  readonly unseenWords: readonly string[];
}

/** The first word is the true one; one of the first {@link NEAR} is; none of them is. */
export type Verdict = 'right' | 'near' | 'wrong';
export const NEAR = 5;

export function verdict(words: readonly string[], label: string): Verdict {
  const at = words.indexOf(label);
  return at === 0 ? 'right' : at > 0 && at < NEAR ? 'near' : 'wrong';
}
