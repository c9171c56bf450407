/**
 * What each operation must do at least: arithmetic, and floats to and from memory. Every entry reads an operation's
 * arguments in the order in which its kernel does (kernels/*.h), and must come out at their end, so that neither can
 * change alone.
 *
 * Operations: two for a multiply-add, one for another sum, product or comparison; an activation by what it is made of.
 * Bytes: each tensor that an operation names is read once where it is input and written once where it is output; what a
 * good kernel keeps in cache (a window's overlap, weights again for every row) counts once. Padding counts nothing.
 */

import { optimizerOperations } from './optimizers.js';
import type { Arg, Op, OpName } from './program.js';
import { ACTIVATION, TARGET } from './values.js';

export interface Cost {
  readonly operations: number;
  readonly bytes: number;
}

/** @throws Error when the operation's arguments are not the ones that its kernel reads */
export function costOf(op: Op): Cost {
  const tally = new Tally(op.args);
  COSTS[op.name](tally);
  if (!tally.done) throw new Error(`${op.name}: its cost reads fewer arguments than it has`);
  return { operations: tally.operations, bytes: tally.floats * 4 };
}

/** Operations an element, by activation code (kernels/activation.h; sigmoid as AVX-512 has it, the fewest). */
const ACT_OPERATIONS = new Map<number, number>([
  [ACTIVATION.relu, 1],
  [ACTIVATION.silu, 20],
  [ACTIVATION['hard-swish'], 5],
  [ACTIVATION.sigmoid, 19],
  [ACTIVATION['hard-sigmoid'], 4],
]);
const actOperations = (code: number) => ACT_OPERATIONS.get(code) ?? 0;

/** Arguments read in order (as `Args` in kernels/context.h), and what they add up to. */
class Tally {
  operations = 0;
  floats = 0;
  private at = 0;

  constructor(private readonly args: readonly Arg[]) {}

  get done(): boolean {
    return this.at === this.args.length;
  }
  int(): number {
    const arg = this.args[this.at++];
    if (typeof arg !== 'number') throw new Error(`argument ${this.at - 1} is no integer`);
    return arg;
  }
  float(): void {
    this.at++;
  }
  /** A tensor of `floats`, passed over `times` (2: read and written); nothing where it is not given. */
  tensor(floats: number, times = 1): boolean {
    const arg = this.args[this.at++];
    if (arg === undefined || typeof arg === 'number') throw new Error(`argument ${this.at - 1} is no place`);
    if (arg !== null) this.floats += floats * times;
    return arg !== null;
  }
  /** The argument `ahead` places on, not read yet. */
  peek(ahead: number): Arg | undefined {
    return this.args[this.at + ahead];
  }
  /** A view of [images, hw, channels] (kernels/view.h); returns its activation. */
  view(images: number, hw: number, channels: number): number {
    const values = images * hw * channels;
    this.tensor(values);
    const scaled = this.tensor(channels);
    this.tensor(channels);
    const gated = this.tensor(images * channels);
    const act = this.int();
    this.operations += values * ((scaled ? 2 : 0) + actOperations(act) + (gated ? 1 : 0));
    return act;
  }
  /** A gradient view of [rows, channels]. */
  gradient(rows: number, channels: number): void {
    this.tensor(rows * channels);
    this.tensor(rows * channels);
    if (this.tensor(3 * channels)) this.operations += 4 * rows * channels;
  }
  /** Sums of a convolution's output for the batch norm behind it. */
  statistics(rows: number, channels: number, tiles: number): void {
    this.tensor(channels);
    if (this.tensor(tiles * 2 * channels)) this.operations += 4 * rows * channels;
  }
  /** Where an input gradient goes (kernels/epilogue.h); returns whether anybody needs it. */
  target(images: number, hw: number, channels: number, tiles: number, act: number): boolean {
    const values = images * hw * channels;
    const mode = this.int();
    this.tensor(values, mode === TARGET.accumulate ? 2 : 1);
    this.tensor(channels);
    this.tensor(tiles * 2 * channels);
    this.tensor(images * channels);
    if (mode === TARGET.accumulate) this.operations += values;
    if (mode === TARGET.activationBackward) this.operations += values * (5 + actOperations(act));
    // The view that is the operation's input has been made, and is what the gate's gradient sums.
    if (mode === TARGET.gated) this.operations += values * 2;
    return mode !== TARGET.skip;
  }
  geometry() {
    const [images, height, width, channels, out, kernel, stride] = Array.from({ length: 7 }, () =>
      this.int(),
    );
    const pixels = images * Math.ceil(height / stride) * Math.ceil(width / stride);
    return { images, hw: height * width, channels, out, taps: kernel * kernel, pixels };
  }
}

const COSTS: Record<OpName, (t: Tally) => void> = {
  input: (t) => {
    const images = t.int();
    const values = images * t.int() ** 2 * 3;
    t.int();
    t.tensor(values / 4);
    t.tensor(images * 8);
    t.tensor(6);
    t.tensor(values);
    t.operations += 2 * values;
  },
  pack: (t) => {
    t.int();
    const weights = t.int() * t.int() * t.int();
    t.tensor(weights);
    t.tensor(weights);
  },
  pointwiseForward: (t) => {
    const [images, hw, channels, out, tiles] = [t.int(), t.int(), t.int(), t.int(), t.int()];
    const rows = images * hw;
    t.int();
    t.view(images, hw, channels);
    t.tensor(channels * out);
    t.tensor(out);
    t.tensor(rows * out);
    t.statistics(rows, out, tiles);
    t.operations += 2 * rows * channels * out;
  },
  pointwiseBackward: (t) => {
    const [images, hw, channels, out, tiles] = [t.int(), t.int(), t.int(), t.int(), t.int()];
    const rows = images * hw;
    t.int();
    const act = t.view(images, hw, channels);
    t.gradient(rows, out);
    t.tensor(channels * out);
    // With a work buffer for dy the weight gradient goes to its place, else each tile makes a part of its own.
    const parts = t.peek(2) === null ? tiles : 1;
    t.tensor(parts * channels * out);
    if (t.tensor(parts * out)) t.operations += rows * out;
    t.tensor(rows * out, 2);
    const needed = t.target(images, hw, channels, tiles, act);
    t.operations += (needed ? 4 : 2) * rows * channels * out;
  },
  denseForward: (t) => {
    const { images, hw, channels, out, taps, pixels } = t.geometry();
    const tiles = t.int();
    t.view(images, hw, channels);
    t.tensor(taps * channels * out);
    t.tensor(pixels * out);
    t.statistics(pixels, out, tiles);
    t.operations += 2 * pixels * taps * channels * out;
  },
  denseBackward: (t) => {
    const { images, hw, channels, out, taps, pixels } = t.geometry();
    const tiles = t.int();
    const act = t.view(images, hw, channels);
    t.gradient(pixels, out);
    t.tensor(taps * channels * out);
    t.tensor(tiles * taps * channels * out);
    const needed = t.target(images, hw, channels, tiles, act);
    t.operations += (needed ? 4 : 2) * pixels * taps * channels * out;
  },
  depthwiseForward: (t) => {
    const { images, hw, channels, taps, pixels } = t.geometry();
    const tiles = t.int();
    t.view(images, hw, channels);
    t.tensor(taps * channels);
    t.tensor(pixels * channels);
    t.statistics(pixels, channels, tiles);
    t.operations += 2 * pixels * taps * channels;
  },
  depthwiseBackward: (t) => {
    const { images, hw, channels, taps, pixels } = t.geometry();
    const tiles = t.int();
    const act = t.view(images, hw, channels);
    t.gradient(pixels, channels);
    t.tensor(taps * channels);
    t.tensor(tiles * taps * channels);
    const needed = t.target(images, hw, channels, tiles, act);
    t.operations += (needed ? 4 : 2) * pixels * taps * channels;
  },
  normFinish: (t) => {
    const [channels, tiles] = [t.int(), t.int()];
    t.int();
    t.float();
    t.tensor(tiles * 2 * channels);
    for (let i = 0; i < 2; i++) t.tensor(channels);
    for (let i = 0; i < 2; i++) t.tensor(channels, 2);
    t.tensor(1);
    for (let i = 0; i < 4; i++) t.tensor(channels);
    t.operations += channels * (2 * tiles + 20);
  },
  normEval: (t) => {
    const channels = t.int();
    t.float();
    for (let i = 0; i < 6; i++) t.tensor(channels);
    t.operations += channels * 6;
  },
  normBackward: (t) => {
    const [channels, tiles] = [t.int(), t.int()];
    t.int();
    t.tensor(tiles * 2 * channels);
    for (let i = 0; i < 5; i++) t.tensor(channels);
    t.tensor(3 * channels);
    t.operations += channels * (2 * tiles + 10);
  },
  activationBackward: (t) => {
    const [images, hw, channels, tiles] = [t.int(), t.int(), t.int(), t.int()];
    const values = images * hw * channels;
    t.view(images, hw, channels);
    t.tensor(values);
    t.tensor(images * channels);
    t.tensor(values);
    t.tensor(channels);
    t.tensor(tiles * 2 * channels);
    t.operations += 6 * values;
  },
  pool: (t) => {
    const [images, hw, channels] = [t.int(), t.int(), t.int()];
    t.int();
    t.view(images, hw, channels);
    t.tensor(images * channels);
    t.operations += images * hw * channels;
  },
  exciteForward: (t) => {
    const [images, channels, hidden] = [t.int(), t.int(), t.int()];
    t.int();
    const [inner, outer] = [t.int(), t.int()];
    t.tensor(images * channels);
    for (const bias of [hidden, channels]) {
      t.tensor(channels * hidden);
      t.tensor(bias);
    }
    for (const width of [hidden, hidden, channels, channels]) t.tensor(images * width);
    t.operations +=
      images * (4 * channels * hidden + hidden * actOperations(inner) + channels * actOperations(outer));
  },
  exciteBackward: (t) => {
    const [images, channels, hidden, tiles] = [t.int(), t.int(), t.int(), t.int()];
    const [inner, outer] = [t.int(), t.int()];
    for (const width of [channels, hidden, hidden, channels]) t.tensor(images * width);
    for (let i = 0; i < 2; i++) t.tensor(channels * hidden);
    t.tensor(images * channels, 2);
    t.tensor(images * hidden, 2);
    t.tensor(images * channels);
    t.tensor(tiles * (2 * channels * hidden + channels + hidden));
    t.operations +=
      images * (8 * channels * hidden + hidden * actOperations(inner) + channels * actOperations(outer));
  },
  gateGradient: (t) => {
    const [images, hw, channels] = [t.int(), t.int(), t.int()];
    t.int();
    t.view(images, hw, channels);
    t.tensor(images * hw * channels);
    t.tensor(images * channels);
    t.operations += 2 * images * hw * channels;
  },
  add: (t) => {
    const [images, hw, channels] = [t.int(), t.int(), t.int()];
    t.int();
    t.view(images, hw, channels);
    const second = t.peek(0) !== null;
    t.view(images, hw, channels);
    t.tensor(images * hw * channels);
    if (second) t.operations += images * hw * channels;
  },
  dropout: (t) => {
    const count = t.int();
    t.float();
    t.int();
    t.tensor(2);
    t.tensor(count, 2);
    t.operations += 2 * count;
  },
  loss: (t) => {
    t.int();
    const values = t.int() * t.int();
    for (let i = 0; i < 3; i++) t.tensor(values);
    t.tensor(1);
    t.operations += 5 * values;
  },
  labelLoss: (t) => {
    t.int();
    const [images, dimension, labels] = [t.int(), t.int(), t.int()];
    t.float();
    t.tensor(images * dimension);
    t.tensor(labels * dimension);
    t.tensor(images * labels);
    t.tensor(1);
    t.tensor(images * dimension);
    t.tensor(1);
    t.tensor(1);
    t.tensor(images * (labels + 2), 2);
    t.operations += images * labels * (4 * dimension + 30);
  },
  clip: (t) => {
    const count = t.int();
    t.float();
    t.tensor(count);
    t.tensor(count / 16384);
    t.tensor(1);
    t.operations += 2 * count;
  },
  optimizer: (t) => {
    const kind = t.int();
    const count = t.int();
    t.int();
    for (let i = 0; i < 6; i++) t.float();
    t.tensor(count, 2);
    t.tensor(count);
    for (let i = 0; i < 3; i++) t.tensor(count, 2);
    t.tensor(1);
    t.tensor(4);
    t.operations += count * optimizerOperations(kind);
  },
  reduce: (t) => {
    const [count, tiles] = [t.int(), t.int()];
    t.int();
    t.tensor(tiles * count);
    t.tensor(count);
    t.operations += tiles * count;
  },
};
