/**
 * The table of operations that programs consist of: the named arguments of each operation, and the minimum number of
 * floating-point operations it needs. Lowering, costs, the memory plan and kernels/ops.h (written by `npm run
 * build:ops`) are derived from this table. The code of an operation is its position in the table.
 */

import { AUGMENT_FIELDS } from '../data/augment-record.js';
import {
  type Arguments,
  channelSums,
  choice,
  elements,
  float,
  gradientView,
  maybe,
  maybeView,
  type Operation,
  operation,
  padded,
  panels,
  read,
  type SizeGroup,
  spaced,
  type TargetArguments,
  target,
  update,
  type ViewArguments,
  view,
  write,
} from './arguments.js';
import { DYNAMIC_FIELDS, type ViewActivation, WINOGRAD_POSITIONS } from './constants.js';
import { optimizerOf } from './optimizers.js';
import { winogradBlocks } from './tiling.js';

/** Floating-point operations per element (sigmoid: as on AVX-512, which needs the fewest). */
const ACTIVATION_OPERATIONS: Record<ViewActivation, number> = {
  none: 0,
  relu: 1,
  silu: 20,
  'hard-swish': 5,
  sigmoid: 19,
  'hard-sigmoid': 4,
};

/** Floating-point operations to compute `values` values of a view. */
function viewing(
  { scale, gate, activation }: Pick<ViewArguments, 'scale' | 'gate' | 'activation'>,
  values: number,
): number {
  return values * ((scale ? 2 : 0) + ACTIVATION_OPERATIONS[activation] + (gate ? 1 : 0));
}

/** Floating-point operations to finish an input gradient of `values` values, besides those of the input view. */
function targeting({ mode }: TargetArguments, { activation }: ViewArguments, values: number): number {
  switch (mode) {
    case 'accumulate':
      return values;
    case 'activationBackward':
      return values * (5 + ACTIVATION_OPERATIONS[activation]);
    case 'gated':
      return 2 * values;
    default:
      return 0;
  }
}

/** Floating-point operations for a batch norm's sums and sums of squares, or for a gradient through a batch norm. */
const perValue = (given: unknown, values: number) => (given ? 4 * values : 0);

/** Matrix products of a backward pass: one for the weights, and one for the input if its gradient is needed. */
const products = ({ mode }: TargetArguments) => (mode === 'skip' ? 1 : 2);

const GEOMETRY = {
  struct: 'Geometry',
  about: 'A k x k convolution with a border of (kernel - 1) / 2. Depthwise convolutions have out = channels.',
  sizes: ['images', 'height', 'width', 'channels', 'out', 'kernel', 'stride', 'outHeight', 'outWidth'],
} as const satisfies SizeGroup<string>;

/** Number of values in a convolution's input and in its output, and multiply-adds per channel of the product. */
function convolutionSizes(g: {
  images: number;
  height: number;
  width: number;
  channels: number;
  out: number;
  kernel: number;
  outHeight: number;
  outWidth: number;
}) {
  const pixels = g.images * g.outHeight * g.outWidth;
  return {
    inputs: g.images * g.height * g.width * g.channels,
    outputs: pixels * g.out,
    taps: pixels * g.kernel ** 2,
  };
}

const WINOGRAD_SIZES = ['images', 'height', 'width', 'channels', 'out', 'tiles', 'group'] as const;

/** Floating-point operations per channel of a block: 1D transforms * operations of each (kernels/winograd.h). */
const WINOGRAD_TRANSFORMS = { input: 12 * 24, output: 10 * 16, inputGradient: 12 * 22 };

function winogradSizes(a: { images: number; height: number; width: number; channels: number; out: number }) {
  const blocks = a.images * winogradBlocks(a.height, a.width);
  const pixels = a.images * a.height * a.width;
  return {
    inputs: pixels * a.channels,
    outputs: pixels * a.out,
    blocks,
    /** Multiply-adds of the matrix products. */
    products: WINOGRAD_POSITIONS * blocks * a.channels * a.out,
  };
}

export const OPS = {
  input: operation('Crop, flip, cutout or CutMix, and normalisation of uint8 images.', {
    sizes: ['images', 'size', 'tiles'],
    fields: {
      pixels: elements('uint8', read('images', 'size', 'size', 3)),
      augment: elements('int32', read('images', AUGMENT_FIELDS)),
      /** Per channel: mean, then inverse standard deviation, in units of 0..255. */
      normalisation: read(2, 3),
      output: write('images', 'size', 'size', 3),
    },
    operations: (a) => 2 * a.images * a.size ** 2 * 3,
  }),
  packForward: operation('Packs weights [taps, rows, columns] into panels of columns.', {
    sizes: ['taps', 'rows', 'columns'],
    fields: {
      weights: read('taps', 'rows', 'columns'),
      packed: write('taps', 'rows', panels('columns')),
    },
    operations: () => 0,
  }),
  packBackward: operation(
    'Packs transposed weights [kernel, kernel, rows, columns] into panels of rows, for the input gradient. Taps are grouped by phase of the stride, in reverse order.',
    {
      sizes: ['kernel', 'stride', 'rows', 'columns'],
      fields: {
        weights: read('kernel', 'kernel', 'rows', 'columns'),
        packed: write('kernel', 'kernel', 'columns', panels('rows')),
      },
      operations: () => 0,
    },
  ),
  transpose: operation('Transposes a matrix without packing it into panels.', {
    sizes: ['rows', 'columns'],
    fields: { matrix: read('rows', 'columns'), output: write('columns', 'rows') },
    operations: () => 0,
  }),
  pointwiseForward: operation('1x1 convolution or linear layer, in chunks of rows.', {
    sizes: ['images', 'hw', 'channels', 'out', 'tiles', 'chunk'],
    fields: {
      input: view('images', ['hw'], 'channels'),
      weights: read('channels', panels('out')),
      bias: maybe(read('out')),
      output: write('images', 'hw', 'out'),
      norm: channelSums('out', 'tiles'),
    },
    operations: (a) => {
      const rows = a.images * a.hw;
      return (
        2 * rows * a.channels * a.out +
        viewing(a.input, rows * a.channels) +
        perValue(a.norm.sums, rows * a.out)
      );
    },
  }),
  pointwiseBackward: operation(
    'The gradients of a 1x1 convolution or linear layer, in one pass over chunks of rows. Weight gradients are partial sums per tile.',
    {
      sizes: ['images', 'hw', 'channels', 'out', 'tiles', 'chunk'],
      fields: {
        input: view('images', ['hw'], 'channels'),
        gradient: gradientView('images', ['hw'], 'out'),
        weights: maybe(read('out', panels('channels'))),
        weightGradient: write('tiles', 'channels', 'out'),
        biasGradient: maybe(write('tiles', padded('out'))),
        target: target('images', ['hw'], 'channels', 'tiles'),
      },
      operations: pointwiseBackwardOperations,
    },
  ),
  pointwiseBackwardFewRows: operation(
    'The same for few rows: computes the output gradient once, and then the final weight gradients by blocks of input channels.',
    {
      sizes: ['images', 'hw', 'channels', 'out', 'tiles', 'chunk'],
      fields: {
        input: view('images', ['hw'], 'channels'),
        gradient: gradientView('images', ['hw'], 'out'),
        weights: maybe(read('out', panels('channels'))),
        weightGradient: write('channels', 'out'),
        biasGradient: maybe(write('out')),
        /** Holds the output gradient if it must be computed from a gradient view. */
        work: maybe(update('images', 'hw', 'out')),
        target: target('images', ['hw'], 'channels', 'tiles'),
      },
      operations: pointwiseBackwardOperations,
    },
  ),
  denseForward: operation('k x k convolution.', {
    shared: GEOMETRY,
    sizes: ['tiles'],
    fields: {
      input: view('images', ['height', 'width'], 'channels'),
      weights: read('kernel', 'kernel', 'channels', panels('out')),
      output: write('images', 'outHeight', 'outWidth', 'out'),
      norm: channelSums('out', 'tiles'),
    },
    operations: (a) => {
      const { inputs, outputs, taps } = convolutionSizes(a);
      return 2 * taps * a.channels * a.out + viewing(a.input, inputs) + perValue(a.norm.sums, outputs);
    },
  }),
  denseBackward: operation(
    'The gradients of a k x k convolution. Weight gradients are partial sums per tile.',
    {
      shared: GEOMETRY,
      sizes: ['tiles'],
      fields: {
        input: view('images', ['height', 'width'], 'channels'),
        gradient: gradientView('images', ['outHeight', 'outWidth'], 'out'),
        weights: maybe(read('kernel', 'kernel', 'out', panels('channels'))),
        weightGradient: write('tiles', 'kernel', 'kernel', 'channels', 'out'),
        target: target('images', ['height', 'width'], 'channels', 'tiles'),
      },
      operations: (a) => {
        const { inputs, outputs, taps } = convolutionSizes(a);
        return (
          2 * products(a.target) * taps * a.channels * a.out +
          viewing(a.input, inputs) +
          perValue(a.gradient.coefficients, outputs) +
          targeting(a.target, a.input, inputs)
        );
      },
    },
  ),
  packWinogradForward: operation(
    "Transforms 3x3 weights to the 36 positions of Winograd's convolution, and packs them into panels of columns.",
    {
      sizes: ['rows', 'columns'],
      fields: {
        weights: read(9, 'rows', 'columns'),
        packed: write(WINOGRAD_POSITIONS, 'rows', panels('columns')),
      },
      operations: () => 0,
    },
  ),
  packWinogradBackward: operation(
    'The same for transposed weights, packed into panels of rows, for the input gradient.',
    {
      sizes: ['rows', 'columns'],
      fields: {
        weights: read(9, 'rows', 'columns'),
        packed: write(WINOGRAD_POSITIONS, 'columns', panels('rows')),
      },
      operations: () => 0,
    },
  ),
  winogradForward: operation("3x3 convolution of stride 1, by Winograd's F(4x4, 3x3).", {
    sizes: [...WINOGRAD_SIZES],
    fields: {
      input: view('images', ['height', 'width'], 'channels'),
      weights: read(WINOGRAD_POSITIONS, 'channels', panels('out')),
      output: write('images', 'height', 'width', 'out'),
      norm: channelSums('out', 'tiles'),
    },
    operations: (a) => {
      const { inputs, outputs, products, blocks } = winogradSizes(a);
      return (
        2 * products +
        viewing(a.input, inputs) +
        blocks * (WINOGRAD_TRANSFORMS.input * a.channels + WINOGRAD_TRANSFORMS.output * a.out) +
        perValue(a.norm.sums, outputs)
      );
    },
  }),
  winogradBackward: operation(
    "The gradients of a 3x3 convolution by Winograd's F(4x4, 3x3). Weight gradients are partial sums per tile.",
    {
      sizes: [...WINOGRAD_SIZES],
      fields: {
        input: view('images', ['height', 'width'], 'channels'),
        gradient: gradientView('images', ['height', 'width'], 'out'),
        weights: maybe(read(WINOGRAD_POSITIONS, 'out', panels('channels'))),
        weightGradient: write('tiles', 9, 'channels', 'out'),
        target: target('images', ['height', 'width'], 'channels', 'tiles'),
      },
      operations: (a) => {
        const { inputs, outputs, products: each, blocks } = winogradSizes(a);
        const { input, output, inputGradient } = WINOGRAD_TRANSFORMS;
        return (
          2 * products(a.target) * each +
          blocks * ((input + (a.target.mode === 'skip' ? 0 : inputGradient)) * a.channels + output * a.out) +
          viewing(a.input, inputs) +
          perValue(a.gradient.coefficients, outputs) +
          targeting(a.target, a.input, inputs)
        );
      },
    },
  ),
  depthwiseForward: operation('Depthwise k x k convolution.', {
    shared: GEOMETRY,
    sizes: ['tiles'],
    fields: {
      input: view('images', ['height', 'width'], 'channels'),
      weights: read('kernel', 'kernel', 'channels'),
      output: write('images', 'outHeight', 'outWidth', 'channels'),
      norm: channelSums('channels', 'tiles'),
    },
    operations: (a) => {
      const { inputs, outputs, taps } = convolutionSizes(a);
      return 2 * taps * a.channels + viewing(a.input, inputs) + perValue(a.norm.sums, outputs);
    },
  }),
  depthwiseBackward: operation(
    'The gradients of a depthwise convolution. Weight gradients are partial sums per tile.',
    {
      shared: GEOMETRY,
      sizes: ['tiles'],
      fields: {
        input: view('images', ['height', 'width'], 'channels'),
        gradient: gradientView('images', ['outHeight', 'outWidth'], 'channels'),
        weights: read('kernel', 'kernel', 'channels'),
        weightGradient: write('tiles', padded('kernel', 'kernel', 'channels')),
        target: target('images', ['height', 'width'], 'channels', 'tiles'),
      },
      operations: (a) => {
        const { inputs, outputs, taps } = convolutionSizes(a);
        return (
          2 * products(a.target) * taps * a.channels +
          viewing(a.input, inputs) +
          perValue(a.gradient.coefficients, outputs) +
          targeting(a.target, a.input, inputs)
        );
      },
    },
  ),
  normFinish: operation(
    "Computes batch norm's scale and shift from the sums of x - running mean and of its square, and updates the running statistics.",
    {
      /** `count`: values per channel. */
      sizes: ['channels', 'tiles', 'count'],
      fields: {
        epsilon: float,
        sums: read('tiles', 2, padded('channels')),
        weight: read('channels'),
        bias: read('channels'),
        runningMean: update('channels'),
        runningVariance: update('channels'),
        runningRate: read(1),
        mean: write('channels'),
        inverse: write('channels'),
        scale: write('channels'),
        shift: write('channels'),
      },
      operations: (a) => a.channels * (2 * a.tiles + 20),
    },
  ),
  normEval: operation("Computes batch norm's scale and shift from the running statistics.", {
    sizes: ['channels'],
    fields: {
      epsilon: float,
      weight: read('channels'),
      bias: read('channels'),
      runningMean: read('channels'),
      runningVariance: read('channels'),
      scale: write('channels'),
      shift: write('channels'),
    },
    operations: (a) => a.channels * 6,
  }),
  normBackward: operation(
    "Computes batch norm's gradients, and the coefficients of gradient views, from the sums of du and du * (x - mean).",
    {
      sizes: ['channels', 'tiles', 'count'],
      fields: {
        sums: read('tiles', 2, padded('channels')),
        weight: read('channels'),
        mean: read('channels'),
        inverse: read('channels'),
        weightGradient: write('channels'),
        biasGradient: write('channels'),
        coefficients: write(3, padded('channels')),
      },
      operations: (a) => a.channels * (2 * a.tiles + 10),
    },
  ),
  activationBackward: operation(
    "The gradient before a view's activation, if no convolution computes it: (gradient * gate + pooled / hw) * act'(u). Each part is optional.",
    {
      sizes: ['images', 'hw', 'channels', 'tiles'],
      fields: {
        input: view('images', ['hw'], 'channels'),
        gradient: maybe(read('images', 'hw', 'channels')),
        pooled: maybe(read('images', 'channels')),
        output: maybe(write('images', 'hw', 'channels')),
        mean: maybe(read('channels')),
        sums: maybe(write('tiles', 2, padded('channels'))),
      },
      operations: (a) => {
        const values = a.images * a.hw * a.channels;
        return 6 * values + viewing(a.input, values);
      },
    },
  ),
  pool: operation('The mean over pixels.', {
    sizes: ['images', 'hw', 'channels', 'tiles'],
    fields: { input: view('images', ['hw'], 'channels'), output: write('images', 'channels') },
    operations: (a) => {
      const values = a.images * a.hw * a.channels;
      return values + viewing(a.input, values);
    },
  }),
  exciteForward: operation(
    "Squeeze-excite's two layers: u1 = pooled w1 + b1, h = act(u1), u2 = h w2 + b2, gate = gateActivation(u2).",
    {
      sizes: ['images', 'channels', 'hidden', 'tiles'],
      fields: {
        activation: choice('Activation'),
        gateActivation: choice('Activation'),
        pooled: read('images', 'channels'),
        weight1: read('channels', 'hidden'),
        bias1: read('hidden'),
        weight2: read('hidden', 'channels'),
        bias2: read('channels'),
        u1: update('images', 'hidden'),
        h: update('images', 'hidden'),
        u2: update('images', 'channels'),
        gate: write('images', 'channels'),
      },
      operations: (a) => a.images * (4 * a.channels * a.hidden + exciteActivations(a)),
    },
  ),
  exciteBackward: operation(
    "The gradients of squeeze-excite's two layers, from the gate's gradient, which is overwritten. Weight gradients are partial sums per tile.",
    {
      sizes: ['images', 'channels', 'hidden', 'tiles'],
      fields: {
        activation: choice('Activation'),
        gateActivation: choice('Activation'),
        pooled: read('images', 'channels'),
        u1: read('images', 'hidden'),
        h: read('images', 'hidden'),
        u2: read('images', 'channels'),
        transposed1: read('hidden', 'channels'),
        transposed2: read('channels', 'hidden'),
        gateGradient: update('images', 'channels'),
        hiddenGradient: update('images', 'hidden'),
        pooledGradient: write('images', 'channels'),
        weight1Gradient: write('tiles', padded('channels', 'hidden')),
        bias1Gradient: write('tiles', padded('hidden')),
        weight2Gradient: write('tiles', padded('hidden', 'channels')),
        bias2Gradient: write('tiles', padded('channels')),
      },
      operations: (a) => a.images * (8 * a.channels * a.hidden + exciteActivations(a)),
    },
  ),
  gateGradient: operation(
    "A gate's gradient if the gated value was an operand of a sum: the sum over pixels of gradient * value before the gate.",
    {
      sizes: ['images', 'hw', 'channels', 'tiles'],
      fields: {
        input: view('images', ['hw'], 'channels'),
        gradient: read('images', 'hw', 'channels'),
        output: write('images', 'channels'),
      },
      operations: (a) => {
        const values = a.images * a.hw * a.channels;
        return 2 * values + viewing(a.input, values);
      },
    },
  ),
  add: operation('output = first + second, or first alone.', {
    sizes: ['images', 'hw', 'channels', 'tiles'],
    fields: {
      first: view('images', ['hw'], 'channels'),
      second: maybeView('images', ['hw'], 'channels'),
      output: write('images', 'hw', 'channels'),
    },
    operations: (a) => {
      const values = a.images * a.hw * a.channels;
      const second = a.second.x ? values + viewing(a.second, values) : 0;
      return viewing(a.first, values) + second;
    },
  }),
  dropout: operation(
    'values *= keep / (1 - rate), with keep 0 or 1. The backward pass applies it to the gradient, with the same key and layer.',
    {
      sizes: ['count', 'layer'],
      fields: { rate: float, key: elements('uint32', read(2)), values: update('count') },
      operations: (a) => 2 * a.count,
    },
  ),
  loss: operation('A loss against target vectors, and its gradient.', {
    /** `width`: values between the outputs of consecutive images. Outputs beyond `dimension` have a separate loss. */
    sizes: ['images', 'dimension', 'width'],
    fields: {
      kind: choice('Loss'),
      output: read('images', spaced('dimension', 'width')),
      targets: read('images', 'dimension'),
      /** A loss to which this one is added. */
      before: maybe(read(1)),
      gradient: write('images', spaced('dimension', 'width')),
      loss: write(1),
    },
    operations: (a) => 5 * a.images * a.dimension,
  }),
  labelLoss: operation('A loss over a set of labels, and its gradient.', {
    sizes: ['images', 'dimension', 'labels'],
    fields: {
      kind: choice('LabelLoss'),
      /** Factor of the loss and its gradient. */
      weight: float,
      margin: float,
      output: read('images', 'dimension'),
      vectors: read('labels', 'dimension'),
      /** Each image's shares of the labels; a row sums to 1. */
      shares: read('images', 'labels'),
      logScale: maybe(update(1)),
      gradient: write('images', 'dimension'),
      logScaleGradient: maybe(write(1)),
      loss: write(1),
      scores: update('images', 'labels'),
      losses: update('images'),
      scaleParts: update('images'),
    },
    operations: (a) => a.images * a.labels * (4 * a.dimension + 30),
  }),
  clip: operation(
    "The factor that scales the gradients' norm down to the limit, or 1 if the norm is within it.",
    {
      /** `blocks`: number of blocks of CLIP_BLOCK gradients. */
      sizes: ['count', 'blocks'],
      fields: { limit: float, gradients: read('count'), work: update('blocks'), scale: write(1) },
      operations: (a) => 2 * a.count,
    },
  ),
  optimizer: operation('One update of all weights. Weight decay applies to the first `decayed` weights.', {
    sizes: ['count', 'decayed'],
    fields: {
      kind: choice('Optimizer'),
      beta1: float,
      beta2: float,
      epsilon: float,
      momentum: float,
      weightDecay: float,
      weights: update('count'),
      gradients: read('count'),
      m: maybe(update('count')),
      v: maybe(update('count')),
      clipScale: maybe(read(1)),
      dynamic: read(DYNAMIC_FIELDS),
    },
    operations: (a) => a.count * optimizerOf(a.kind).operations,
  }),
  average: operation('Updates a moving average: average += rate * (values - average).', {
    sizes: ['count'],
    fields: { values: read('count'), average: update('count'), rate: read(1) },
    operations: (a) => 3 * a.count,
  }),
  reduce: operation('Adds up partial sums that are `stride` floats apart, in order.', {
    sizes: ['count', 'parts', 'stride'],
    fields: { partials: read('parts', spaced('count', 'stride')), output: write('count') },
    operations: (a) => a.parts * a.count,
  }),
};

function pointwiseBackwardOperations(a: {
  images: number;
  hw: number;
  channels: number;
  out: number;
  input: ViewArguments;
  gradient: { coefficients: unknown };
  biasGradient: unknown;
  target: TargetArguments;
}): number {
  const rows = a.images * a.hw;
  const values = rows * a.channels;
  return (
    2 * products(a.target) * values * a.out +
    (a.biasGradient ? rows * a.out : 0) +
    viewing(a.input, values) +
    perValue(a.gradient.coefficients, rows * a.out) +
    targeting(a.target, a.input, values)
  );
}

function exciteActivations(a: {
  hidden: number;
  channels: number;
  activation: ViewActivation;
  gateActivation: ViewActivation;
}): number {
  return (
    a.hidden * ACTIVATION_OPERATIONS[a.activation] + a.channels * ACTIVATION_OPERATIONS[a.gateActivation]
  );
}

export type OpName = keyof typeof OPS;
export const OP_NAMES = Object.keys(OPS) as OpName[];

export type OpArguments<N extends OpName> =
  (typeof OPS)[N] extends Operation<infer S, infer F> ? Arguments<S, F> : never;

/** The table without the type of each entry, for iteration. */
export const operationOf = (name: OpName): Operation => OPS[name] as unknown as Operation;
