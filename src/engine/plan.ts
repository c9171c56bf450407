/**
 * Compiles a network, a batch size and, for training, a loss and an optimizer to a plan: a program over one
 * arena.
 */

import { AUGMENT_FIELDS } from '../data/augment-record.js';
import { bufferSpecs, parameterSpecs, product } from '../nn/parameters.js';
import type { Layer, Network } from '../nn/types.js';
import { LexelError } from '../util/errors.js';
import { type Buffer, roundUp } from './buffers.js';
import { CLIP_BLOCK, DYNAMIC, DYNAMIC_FIELDS } from './constants.js';
import { emitLoss, lossShape } from './loss.js';
import { Lowering } from './lowering.js';
import type { OpArguments } from './ops.js';
import { type MomentName, optimizerOf, optimizerScalars } from './optimizers.js';
import { type Op, ProgramBuilder } from './program.js';
import type { TrainingRegions } from './regions.js';
import { imageTiles } from './tiling.js';
import { LOG_SCALE, type TrainingOptions } from './types.js';
import { NO_VIEW, type ParameterRef, Value } from './values.js';

/** The offset of a named array, in floats: the same in the weights, the gradients and the optimizer state. */
export interface Slot {
  readonly name: string;
  readonly shape: number[];
  readonly count: number;
  readonly at: number;
}

export interface Plan {
  readonly network: Network;
  readonly batch: number;
  readonly training: TrainingOptions | null;
  readonly prepare: Int32Array;
  readonly program: Int32Array;
  /** The operations of `program`, for display. */
  readonly ops: readonly Op[];
  /** Size of the arena in floats; backends add scratch memory per thread. */
  readonly floats: number;
  /** Lower bound for any placement of the temporaries, in floats. */
  readonly peakTemporary: number;
  /**
   * Learned arrays in `regions.weights` and the regions with the same layout (gradients, moments, averages).
   * Arrays that the optimizer does not update come last.
   */
  readonly parameters: readonly Slot[];
  /** Number of leading floats of `regions.weights` that the optimizer updates. */
  readonly trained: number;
  /** Running statistics in `regions.running`. */
  readonly buffers: readonly Slot[];
  readonly regions: {
    readonly weights: Buffer;
    readonly running: Buffer;
    readonly pixels: Buffer;
    readonly augment: Buffer;
    /** Mean (3), then inverse deviation (3), in units of 0..255. */
    readonly normalisation: Buffer;
    readonly output: Buffer;
    readonly training: TrainingRegions | null;
  };
}

/**
 * Compiles a training step if `training` is given, else a forward pass in evaluation mode.
 * @throws LexelError if the network is invalid or contains something that the engine does not support
 */
export function compile(network: Network, batch: number, training: TrainingOptions | null): Plan {
  if (!Number.isInteger(batch) || batch < 1)
    throw new LexelError(`batch size ${batch}: it must be a positive integer`);
  const shape = training && lossShape(network, training);
  const labels = shape?.labels ?? null;
  const builder = new ProgramBuilder();
  const specs: { name: string; shape: readonly number[]; decay: boolean }[] = [...parameterSpecs(network)];
  if (training?.loss === 'cosine-softmax') specs.push({ name: LOG_SCALE, shape: [1], decay: false });
  const head = training?.trainable === 'last' ? lastLinear(network) : null;
  const learns = ({ name }: { name: string }) =>
    !head || name === LOG_SCALE || name.startsWith(`${head.layer.name}.`);
  // Order: trained weights with weight decay, trained without, not trained. So the optimizer runs over two
  // ranges.
  const learned = specs.filter(learns);
  const sorted = [...learned.filter((s) => s.decay), ...learned.filter((s) => !s.decay)];
  const parameters = layOut([...sorted, ...specs.filter((s) => !learns(s))]);
  const trained = layOut(sorted).end;
  const decayed = layOut(learned.filter((s) => s.decay)).end;
  const buffers = layOut(bufferSpecs(network));
  const weights = builder.persistent('weights', parameters.end);
  const running = builder.persistent('running', buffers.end);
  const image = network.size * network.size * 3;
  const pixels = builder.persistent('pixels', Math.ceil((batch * image) / 4));
  const augment = builder.persistent('augment', batch * AUGMENT_FIELDS);
  const normalisation = builder.persistent('normalisation', 6);
  const output = builder.persistent('output', batch * network.outputs);
  const moment = (name: MomentName) =>
    training && optimizerOf(training.optimizer).state.includes(name)
      ? builder.persistent(`moment.${name}`, parameters.end)
      : null;
  const regions: TrainingRegions | null = training && {
    gradients: builder.persistent('gradients', parameters.end),
    moments: { m: moment('m'), v: moment('v') },
    averages:
      training.ema > 0
        ? {
            weights: builder.persistent('average', parameters.end),
            running: builder.persistent('average.running', buffers.end),
          }
        : null,
    targets: builder.persistent('targets', batch * shape!.targets),
    labels: labels && builder.persistent('labels', labels.count * network.outputs),
    loss: builder.persistent('loss', 1),
    dynamic: builder.persistent('dynamic', DYNAMIC_FIELDS),
  };
  const places = new Map<string, ParameterRef>();
  for (const slot of parameters.slots) {
    places.set(slot.name, {
      weight: weights.at(slot.at, slot.count),
      gradient: (regions?.gradients ?? weights).at(slot.at, slot.count),
    });
  }
  for (const slot of buffers.slots) {
    const place = running.at(slot.at, slot.count);
    places.set(slot.name, { weight: place, gradient: place });
  }

  const lowering = new Lowering({
    builder,
    batch,
    training: regions && {
      runningRate: regions.dynamic.at(DYNAMIC.runningRate, 1),
      dropoutKey: regions.dynamic.at(DYNAMIC.dropoutKeyLow, 2),
    },
    parameter: (name) => places.get(name)!,
  });
  const input = new Value(builder.temporary('input', batch * image), [network.size, network.size, 3], false);
  builder.emit('input', 'input', {
    images: batch,
    size: network.size,
    tiles: imageTiles(batch),
    pixels,
    augment,
    normalisation,
    output: input.x,
  });
  const last = head
    ? lowering.forward(
        network.layers.slice(head.at),
        lowering.freeze(lowering.forward(network.layers.slice(0, head.at), input)),
      )
    : lowering.forward(network.layers, input);
  if (!training || !regions || !shape) {
    builder.emit('add', 'output', {
      images: batch,
      hw: 1,
      channels: network.outputs,
      tiles: imageTiles(batch),
      first: last.view(),
      second: NO_VIEW,
      output,
    });
  } else {
    const value = last.plain ? last : lowering.materialise(last, 'output');
    const gradient = builder.temporary('output.gradient', batch * network.outputs);
    const logScale = places.get(LOG_SCALE);
    emitLoss(builder, training, shape, regions, batch, network.outputs, value.x, gradient, logScale);
    value.gradient = { kind: 'value', buffer: gradient };
    lowering.backward();
    emitUpdate(builder, training, regions, weights, trained, decayed);
    emitAverages(
      builder,
      regions,
      { values: weights, count: trained },
      { values: running, count: buffers.end },
    );
  }
  const layout = builder.finish();
  return {
    network,
    batch,
    training,
    prepare: layout.prepare,
    program: layout.program,
    ops: builder.ops,
    floats: layout.floats,
    peakTemporary: layout.peakTemporary,
    parameters: parameters.slots,
    trained,
    buffers: buffers.slots,
    regions: { weights, running, pixels, augment, normalisation, output, training: regions },
  };
}

function emitUpdate(
  builder: ProgramBuilder,
  training: TrainingOptions,
  regions: TrainingRegions,
  weights: Buffer,
  count: number,
  decayed: number,
): void {
  const { gradients, moments, dynamic } = regions;
  let clipScale: Buffer | null = null;
  if (training.clip > 0) {
    clipScale = builder.temporary('clip', 1);
    const blocks = Math.ceil(count / CLIP_BLOCK);
    const work = builder.temporary('clip.work', blocks);
    builder.emit('clip', 'clip', { count, blocks, limit: training.clip, gradients, work, scale: clipScale });
  }
  const { optimizer, weightDecay } = training;
  builder.emit('optimizer', optimizer, {
    count,
    decayed,
    kind: optimizer,
    ...optimizerScalars(training),
    weightDecay,
    weights,
    gradients,
    ...moments,
    clipScale,
    dynamic,
  });
}

type Averaged = Pick<OpArguments<'average'>, 'values' | 'count'>;

/**
 * Running statistics are averaged too: the live ones were measured under the live weights, not the averaged
 * ones.
 */
function emitAverages(
  builder: ProgramBuilder,
  { averages, dynamic }: TrainingRegions,
  weights: Averaged,
  running: Averaged,
): void {
  if (!averages) return;
  const rate = dynamic.at(DYNAMIC.averageRate, 1);
  builder.emit('average', 'weights', { ...weights, average: averages.weights, rate });
  builder.emit('average', 'running statistics', { ...running, average: averages.running, rate });
}

/** The last linear layer and its index. @throws LexelError if the network's top-level list has none */
function lastLinear({ name, layers }: Network): { layer: Extract<Layer, { type: 'linear' }>; at: number } {
  const at = layers.findLastIndex(({ type }) => type === 'linear');
  const layer = layers[at];
  if (layer?.type !== 'linear')
    throw new LexelError(`network "${name}" has no linear layer, so its last one cannot be trained alone`);
  return { layer, at };
}

function layOut(specs: readonly { name: string; shape: readonly number[] }[]): {
  slots: Slot[];
  end: number;
} {
  const slots: Slot[] = [];
  let at = 0;
  for (const { name, shape } of specs) {
    const count = product(shape);
    slots.push({ name, shape: [...shape], count, at });
    at += roundUp(count);
  }
  return { slots, end: at };
}
