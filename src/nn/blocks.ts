/** Building blocks shared by the network builders. Each returns layers as plain data. */

import type { Activation, Layer } from './types.js';

/**
 * Constants of batch norm. `momentum` is as in PyTorch: the weight of the newest batch in the running
 * average.
 */
export interface NormOptions {
  readonly epsilon: number;
  readonly momentum: number;
}

export interface ConvOptions {
  readonly out: number;
  readonly kernel: 1 | 3 | 5;
  readonly stride?: 1 | 2;
  readonly depthwise?: boolean;
  /** Without it, the output of the norm is used as it is. */
  readonly activation?: Activation;
}

/** Convolution, batch norm and optionally an activation, named `<path>.conv` and `<path>.norm`. */
export function convNorm(path: string, options: ConvOptions, norm: NormOptions): Layer[] {
  const { out, kernel, stride = 1, depthwise = false, activation } = options;
  const layers: Layer[] = [
    { type: 'conv', name: `${path}.conv`, out, kernel, stride, depthwise },
    { type: 'batch-norm', name: `${path}.norm`, ...norm },
  ];
  if (activation) layers.push({ type: 'activation', fn: activation });
  return layers;
}

export interface SqueezeOptions {
  readonly hidden: number;
  /** Whether the gate multiplies the depthwise convolution's output or the projection's. */
  readonly on: 'depthwise' | 'projection';
}

export interface InvertedBottleneckOptions {
  readonly input: number;
  readonly out: number;
  readonly expansion: number;
  readonly kernel: 3 | 5;
  readonly stride: 1 | 2;
  readonly activation: Activation;
  readonly squeeze?: SqueezeOptions;
  /**
   * The shortcut at stride 1 if the channels change: a 1x1 convolution, or no residual at all. Default
   * 'none'.
   */
  readonly projectedShortcut?: 'conv' | 'none';
}

/**
 * Inverted bottleneck (Sandler et al., "MobileNetV2", CVPR 2018, fig. 3): 1x1 expansion, depthwise k x k,
 * linear 1x1 projection, and optionally squeeze-excite. With expansion 1 the first convolution is omitted.
 * There is no residual at stride 2.
 */
export function invertedBottleneck(
  path: string,
  options: InvertedBottleneckOptions,
  norm: NormOptions,
): Layer[] {
  const { input, out, expansion, kernel, stride, activation, squeeze, projectedShortcut = 'none' } = options;
  const wide = Math.max(1, Math.floor(input * expansion));
  const gate: Layer[] = squeeze
    ? [
        {
          type: 'squeeze-excite',
          name: `${path}.squeeze`,
          hidden: squeeze.hidden,
          activation,
          gate: 'sigmoid',
        },
      ]
    : [];
  const body = [
    ...(expansion === 1 ? [] : convNorm(`${path}.expand`, { out: wide, kernel: 1, activation }, norm)),
    ...convNorm(`${path}.depthwise`, { out: wide, kernel, stride, depthwise: true, activation }, norm),
    ...(squeeze?.on === 'depthwise' ? gate : []),
    ...convNorm(`${path}.project`, { out, kernel: 1 }, norm),
    ...(squeeze?.on === 'projection' ? gate : []),
  ];
  if (stride === 2 || (input !== out && projectedShortcut === 'none')) return body;
  const shortcut = input === out ? [] : convNorm(`${path}.shortcut`, { out, kernel: 1 }, norm);
  return [{ type: 'residual', name: path, body, shortcut }];
}

/** Global average pool, dropout and the fully connected layer named "output". */
export function head(outputs: number, dropout: number): Layer[] {
  const drop: Layer[] = dropout > 0 ? [{ type: 'dropout', rate: dropout }] : [];
  return [{ type: 'global-average-pool' }, ...drop, { type: 'linear', name: 'output', out: outputs }];
}
