/**
 * 3x3 convolutions of stride 1 by Winograd's algorithm (kernels/winograd.h), which needs a quarter of the
 * products.
 */

import type { Layer } from '../nn/types.js';
import type { ChannelSumsArguments, GradientViewArguments } from './arguments.js';
import type { Buffer } from './buffers.js';
import type { Emitter } from './emitter.js';
import { inputTarget } from './gradients.js';
import { winogradTiles } from './tiling.js';
import type { ParameterRef, Value } from './values.js';

export interface WinogradConvolution {
  readonly tiles: number;
  forward(weight: ParameterRef, output: Buffer, norm: ChannelSumsArguments): void;
  backward(weight: ParameterRef, gradient: GradientViewArguments): void;
}

/** Returns null if the algorithm does not apply or the direct product is faster. */
export function winogradConvolution(
  e: Emitter,
  { name, out, kernel, stride }: Extract<Layer, { type: 'conv' }>,
  input: Value,
): WinogradConvolution | null {
  const { batch, builder } = e.env;
  const [height, width, channels] = input.shape;
  if (kernel !== 3 || stride !== 1) return null;
  const cut = winogradTiles(batch, { height, width, channels, out });
  if (!cut) return null;
  const sizes = { images: batch, height, width, channels, out, ...cut };
  const { tiles } = cut;
  return {
    tiles,
    forward(weight, output, norm) {
      const weights = e.packWinograd('packWinogradForward', name, channels, out, weight.weight);
      builder.emit('winogradForward', name, { ...sizes, input: input.view(), weights, output, norm });
    },
    backward(weight, gradient) {
      const weights = input.differentiable
        ? e.packWinograd('packWinogradBackward', name, channels, out, weight.weight)
        : null;
      const count = 9 * channels * out;
      const dw = e.partials(name, count, count, tiles, weight);
      builder.emit('winogradBackward', name, {
        ...sizes,
        input: input.view(),
        gradient,
        weights,
        weightGradient: dw.target,
        target: inputTarget(e, input, name, tiles),
      });
      dw.reduce();
    },
  };
}
