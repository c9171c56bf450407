/**
 * A second, plain implementation of all layers in float64. It loops over pixels and taps exactly as in the
 * definitions, with one closure per layer for the backward pass. It is slow, but easy to verify by reading.
 * reference.test.ts checks it against central differences, and the kernel tests compare the engine with it.
 */

import type { StateDict } from '../../src/engine/index.js';
import type { Activation, Layer, Network } from '../../src/nn/index.js';
import { type Key, threefry } from '../../src/util/random.js';

type Of<T extends Layer['type']> = Extract<Layer, { type: T }>;
/** Float64 values of an activation [images, height, width, channels]. */
interface Tensor {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly data: Float64Array;
}
type Arrays = Map<string, Float64Array>;
/** Maps the gradient of a layer's output to the gradient of its input. */
type Back = (dy: Float64Array) => Float64Array;
type Step = { y: Tensor; back: Back };

/** The inputs and results of a pass. */
interface Pass {
  readonly parameters: Arrays;
  readonly gradients: Arrays;
  /** Running statistics after this pass. */
  readonly running: Arrays;
  /** Evaluation mode: running statistics, no dropout. */
  readonly evaluate: boolean;
  readonly dropoutKey: Key;
  /** Number of training steps before this one. */
  readonly steps: number;
  readonly round: boolean;
  dropouts: number;
  kink: number;
}

export interface ReferenceResult {
  /** [images, outputs]. */
  readonly output: Float64Array;
  readonly loss: number;
  readonly gradients: Arrays;
  readonly running: Arrays;
  /**
   * The smallest distance between an activation's input and a point where that activation has no derivative.
   */
  readonly kink: number;
}

export interface ReferenceInput {
  /** Normalised images [batch, size, size, 3]. */
  readonly images: ArrayLike<number>;
  /** [batch, outputs]; without targets, loss and gradients are meaningless. */
  readonly targets?: ArrayLike<number>;
  /** A function receives the outputs [batch, outputs]. */
  readonly loss?: 'mse' | 'cosine' | ((outputs: Float64Array) => Loss);
  readonly evaluate?: boolean;
  readonly dropoutKey?: Key;
  readonly steps?: number;
  /**
   * Rounds all values and gradients between layers to float32, to show how much of a gradient float32 can
   * represent.
   */
  readonly round?: boolean;
}

/** Forward and backward pass of `network` with the weights in `state`. */
export function runReference(network: Network, state: StateDict, input: ReferenceInput): ReferenceResult {
  const parameters: Arrays = new Map();
  for (const [name, { data }] of state) parameters.set(name, Float64Array.from(data));
  return runArrays(network, parameters, input);
}

/** The same with float64 weights, for central differences. */
export function runArrays(network: Network, parameters: Arrays, input: ReferenceInput): ReferenceResult {
  const { size, outputs } = network;
  const pass: Pass = {
    parameters,
    gradients: new Map(),
    running: new Map(),
    evaluate: input.evaluate ?? false,
    dropoutKey: input.dropoutKey ?? [0, 0],
    steps: input.steps ?? 0,
    round: input.round ?? false,
    dropouts: 0,
    kink: Number.POSITIVE_INFINITY,
  };
  const batch = input.images.length / (size * size * 3);
  const images = { n: batch, h: size, w: size, c: 3, data: Float64Array.from(input.images) };
  const { y, back } = sequence(network.layers, images, pass);
  const targets = input.targets ?? new Float64Array(batch * outputs);
  const { loss, gradient } =
    typeof input.loss === 'function'
      ? input.loss(y.data)
      : (input.loss === 'cosine' ? cosineLoss : squaredLoss)(y, targets);
  if (!pass.evaluate) back(gradient);
  const { gradients, running, kink } = pass;
  return { output: y.data, loss, gradients, running, kink };
}

function sequence(layers: readonly Layer[], x: Tensor, pass: Pass): Step {
  const backs: Back[] = [];
  const stored = (values: Float64Array) => (pass.round ? values.map(Math.fround) : values);
  let y = x;
  for (const layer of layers) {
    const step = apply(layer, y, pass);
    backs.push(step.back);
    y = like(step.y, stored(step.y.data));
  }
  return { y, back: (dy) => backs.reduceRight((d, back) => stored(back(d)), dy) };
}

function apply(layer: Layer, x: Tensor, pass: Pass): Step {
  switch (layer.type) {
    case 'conv':
      return layer.depthwise ? depthwise(layer, x, pass) : dense(layer, x, pass);
    case 'batch-norm':
      return batchNorm(layer, x, pass);
    case 'activation':
      return activation(layer.fn, x, pass);
    case 'squeeze-excite':
      return squeezeExcite(layer, x, pass);
    case 'residual': {
      const body = sequence(layer.body, x, pass);
      const shortcut = sequence(layer.shortcut, x, pass);
      return { y: plus(body.y, shortcut.y), back: (dy) => add(body.back(dy), shortcut.back(dy)) };
    }
    case 'global-average-pool':
      return averagePool(x);
    case 'dropout':
      return dropout(layer.rate, x, pass);
    case 'linear':
      return linear(layer.name, layer.out, x, pass);
  }
}

const like = (x: Tensor, data: Float64Array): Tensor => ({ ...x, data });
const plus = (a: Tensor, b: Tensor): Tensor => like(a, add(a.data, b.data));
const add = (a: Float64Array, b: Float64Array) => a.map((v, i) => v + b[i]);

/** A gradient array of `count` zeros under `name`. */
function gradientFor(pass: Pass, name: string, count: number): Float64Array {
  const gradient = new Float64Array(count);
  pass.gradients.set(name, gradient);
  return gradient;
}

/** Calls `visit(outputPixel, inputPixel, tap)` for every tap of a k x k window that falls inside the image. */
function windows(
  x: Tensor,
  kernel: number,
  stride: number,
  visit: (to: number, from: number, tap: number) => void,
): { h: number; w: number } {
  const pad = (kernel - 1) / 2;
  const h = Math.ceil(x.h / stride);
  const w = Math.ceil(x.w / stride);
  for (let n = 0; n < x.n; n++) {
    for (let oy = 0; oy < h; oy++) {
      for (let ox = 0; ox < w; ox++) {
        for (let ky = 0; ky < kernel; ky++) {
          for (let kx = 0; kx < kernel; kx++) {
            const iy = oy * stride + ky - pad;
            const ix = ox * stride + kx - pad;
            if (iy < 0 || iy >= x.h || ix < 0 || ix >= x.w) continue;
            visit((n * h + oy) * w + ox, (n * x.h + iy) * x.w + ix, ky * kernel + kx);
          }
        }
      }
    }
  }
  return { h, w };
}

/** y[o] = sum over taps and input channels of x[i] * w[tap, i, o]. */
function dense({ name, kernel, stride, out }: Of<'conv'>, x: Tensor, pass: Pass): Step {
  const weight = pass.parameters.get(`${name}.weight`)!;
  const y = new Float64Array(x.n * Math.ceil(x.h / stride) * Math.ceil(x.w / stride) * out);
  const { h, w } = windows(x, kernel, stride, (to, from, tap) => {
    for (let i = 0; i < x.c; i++) {
      const value = x.data[from * x.c + i];
      const row = (tap * x.c + i) * out;
      for (let o = 0; o < out; o++) y[to * out + o] += value * weight[row + o];
    }
  });
  const back: Back = (dy) => {
    const dw = gradientFor(pass, `${name}.weight`, weight.length);
    const dx = new Float64Array(x.data.length);
    windows(x, kernel, stride, (to, from, tap) => {
      for (let i = 0; i < x.c; i++) {
        const value = x.data[from * x.c + i];
        const row = (tap * x.c + i) * out;
        let sum = 0;
        for (let o = 0; o < out; o++) {
          const d = dy[to * out + o];
          dw[row + o] += value * d;
          sum += weight[row + o] * d;
        }
        dx[from * x.c + i] += sum;
      }
    });
    return dx;
  };
  return { y: { n: x.n, h, w, c: out, data: y }, back };
}

/** y[c] = sum over taps of x[c] * w[tap, c]. */
function depthwise({ name, kernel, stride }: Of<'conv'>, x: Tensor, pass: Pass): Step {
  const weight = pass.parameters.get(`${name}.weight`)!;
  const { c } = x;
  const y = new Float64Array(x.n * Math.ceil(x.h / stride) * Math.ceil(x.w / stride) * c);
  const { h, w } = windows(x, kernel, stride, (to, from, tap) => {
    for (let i = 0; i < c; i++) y[to * c + i] += x.data[from * c + i] * weight[tap * c + i];
  });
  const back: Back = (dy) => {
    const dw = gradientFor(pass, `${name}.weight`, weight.length);
    const dx = new Float64Array(x.data.length);
    windows(x, kernel, stride, (to, from, tap) => {
      for (let i = 0; i < c; i++) {
        dw[tap * c + i] += x.data[from * c + i] * dy[to * c + i];
        dx[from * c + i] += weight[tap * c + i] * dy[to * c + i];
      }
    });
    return dx;
  };
  return { y: { n: x.n, h, w, c, data: y }, back };
}

/**
 * Ioffe & Szegedy 2015, algorithm 1. In the first step, the running averages are set to the batch's
 * statistics.
 */
function batchNorm({ name, epsilon, momentum }: Of<'batch-norm'>, x: Tensor, pass: Pass): Step {
  const { c } = x;
  const count = x.data.length / c;
  const get = (part: string) => pass.parameters.get(`${name}.${part}`)!;
  const [weight, bias] = [get('weight'), get('bias')];
  const mean = new Float64Array(c);
  const variance = new Float64Array(c);
  if (pass.evaluate) {
    mean.set(get('running_mean'));
    variance.set(get('running_var'));
  } else {
    x.data.forEach((v, i) => {
      mean[i % c] += v / count;
    });
    x.data.forEach((v, i) => {
      variance[i % c] += (v - mean[i % c]) ** 2 / count;
    });
    if (pass.round) {
      // Computed as the mean square about the running mean minus the squared distance between the means.
      const squared = get('running_mean').map((r, k) => (mean[k] - r) ** 2);
      variance.forEach((v, k) => {
        variance[k] = Math.max(0, Math.fround(v + squared[k]) - Math.fround(squared[k]));
      });
    }
    const rate = momentum / (1 - (1 - momentum) ** (pass.steps + 1));
    const unbiased = variance.map((v) => (count > 1 ? (v * count) / (count - 1) : v));
    const follow = (part: string, now: Float64Array) =>
      pass.running.set(
        `${name}.${part}`,
        get(part).map((r, i) => r + rate * (now[i] - r)),
      );
    follow('running_mean', mean);
    follow('running_var', unbiased);
  }
  const inverse = variance.map((v) => 1 / Math.sqrt(v + epsilon));
  const hat = x.data.map((v, i) => (v - mean[i % c]) * inverse[i % c]);
  const y = pass.round
    ? affine(x.data, weight, inverse, mean, bias)
    : hat.map((v, i) => v * weight[i % c] + bias[i % c]);
  const back: Back = (dy) => {
    const dweight = gradientFor(pass, `${name}.weight`, c);
    const dbias = gradientFor(pass, `${name}.bias`, c);
    dy.forEach((d, i) => {
      dweight[i % c] += d * hat[i];
      dbias[i % c] += d;
    });
    if (pass.round) {
      // Computed as alpha * dy + beta * x + delta with stored coefficients, because float32 loses precision
      // there.
      const alpha = weight.map((w, k) => w * inverse[k]);
      const beta = alpha.map((a, k) => Math.fround((-a * dweight[k] * inverse[k]) / count));
      const delta = alpha.map((a, k) => Math.fround((-a * dbias[k]) / count - beta[k] * mean[k]));
      return dy.map(
        (d, i) => Math.fround(alpha[i % c]) * d + (Math.fround(beta[i % c] * x.data[i]) + delta[i % c]),
      );
    }
    return dy.map((d, i) => {
      const k = i % c;
      return weight[k] * inverse[k] * (d - dbias[k] / count - (hat[i] * dweight[k]) / count);
    });
  };
  return { y: like(x, y), back };
}

/** weight * (x - mean) * inverse + bias as scale * x + shift, both stored in float32. */
function affine(
  x: Float64Array,
  weight: Float64Array,
  inverse: Float64Array,
  mean: Float64Array,
  bias: Float64Array,
): Float64Array {
  const scale = weight.map((w, k) => Math.fround(w * Math.fround(inverse[k])));
  const shift = bias.map((b, k) => Math.fround(b - Math.fround(mean[k] * scale[k])));
  return x.map((v, i) => v * scale[i % scale.length] + shift[i % scale.length]);
}

const sigmoid = (u: number) => 1 / (1 + Math.exp(-u));
const hardSigmoid = (u: number) => Math.min(Math.max(u + 3, 0), 6) / 6;

/** Value, derivative, and the points without a derivative. */
const ACTIVATIONS: Record<
  Activation,
  { f: (u: number) => number; df: (u: number) => number; kinks: readonly number[] }
> = {
  relu: { f: (u) => Math.max(u, 0), df: (u) => (u > 0 ? 1 : 0), kinks: [0] },
  sigmoid: { f: sigmoid, df: (u) => sigmoid(u) * (1 - sigmoid(u)), kinks: [] },
  silu: {
    f: (u) => u * sigmoid(u),
    df: (u) => sigmoid(u) + u * sigmoid(u) * (1 - sigmoid(u)),
    kinks: [],
  },
  'hard-sigmoid': { f: hardSigmoid, df: (u) => (Math.abs(u) < 3 ? 1 / 6 : 0), kinks: [-3, 3] },
  'hard-swish': {
    f: (u) => u * hardSigmoid(u),
    df: (u) => hardSigmoid(u) + (Math.abs(u) < 3 ? u / 6 : 0),
    kinks: [-3, 3],
  },
};

function activation(fn: Activation, x: Tensor, pass: Pass): Step {
  const { f, df, kinks } = ACTIVATIONS[fn];
  for (const kink of kinks) {
    for (const u of x.data) pass.kink = Math.min(pass.kink, Math.abs(u - kink));
  }
  return { y: like(x, x.data.map(f)), back: (dy) => dy.map((d, i) => d * df(x.data[i])) };
}

/** x * gate(fc2(act(fc1(mean over pixels of x)))). */
function squeezeExcite(layer: Of<'squeeze-excite'>, x: Tensor, pass: Pass): Step {
  const pool = averagePool(x);
  const fc1 = linear(`${layer.name}.fc1`, layer.hidden, pool.y, pass);
  const inner = activation(layer.activation, fc1.y, pass);
  const fc2 = linear(`${layer.name}.fc2`, x.c, inner.y, pass);
  const gate = activation(layer.gate, fc2.y, pass);
  const pixels = x.h * x.w;
  const gateOf = (i: number) => Math.floor(i / (pixels * x.c)) * x.c + (i % x.c);
  const y = x.data.map((v, i) => v * gate.y.data[gateOf(i)]);
  const back: Back = (dy) => {
    const dgate = new Float64Array(gate.y.data.length);
    dy.forEach((d, i) => {
      dgate[gateOf(i)] += d * x.data[i];
    });
    const side = pool.back(fc1.back(inner.back(fc2.back(gate.back(dgate)))));
    return dy.map((d, i) => d * gate.y.data[gateOf(i)] + side[i]);
  };
  return { y: like(x, y), back };
}

function averagePool(x: Tensor): Step {
  const pixels = x.h * x.w;
  const y = new Float64Array(x.n * x.c);
  const place = (i: number) => Math.floor(i / (pixels * x.c)) * x.c + (i % x.c);
  x.data.forEach((v, i) => {
    y[place(i)] += v / pixels;
  });
  return {
    y: { n: x.n, h: 1, w: 1, c: x.c, data: y },
    back: (dy) => x.data.map((_, i) => dy[place(i)] / pixels),
  };
}

/**
 * Element i of the k-th dropout is dropped if the first word of threefry(key, i, k) is less than rate * 2^32.
 * The other elements are scaled by 1 / (1 - rate).
 */
function dropout(rate: number, x: Tensor, pass: Pass): Step {
  if (pass.evaluate || rate === 0) return { y: x, back: (dy) => dy };
  const id = pass.dropouts++;
  const limit = Math.fround(rate) * 2 ** 32;
  const factor = x.data.map((_, i) => (threefry(pass.dropoutKey, i, id)[0] < limit ? 0 : 1 / (1 - rate)));
  const times = (v: Float64Array) => v.map((e, i) => e * factor[i]);
  return { y: like(x, times(x.data)), back: times };
}

function linear(name: string, out: number, x: Tensor, pass: Pass): Step {
  const weight = pass.parameters.get(`${name}.weight`)!;
  const bias = pass.parameters.get(`${name}.bias`)!;
  const y = new Float64Array(x.n * out);
  for (let n = 0; n < x.n; n++) {
    for (let o = 0; o < out; o++) {
      let sum = bias[o];
      for (let i = 0; i < x.c; i++) sum += x.data[n * x.c + i] * weight[i * out + o];
      y[n * out + o] = sum;
    }
  }
  const back: Back = (dy) => {
    const dw = gradientFor(pass, `${name}.weight`, weight.length);
    const db = gradientFor(pass, `${name}.bias`, out);
    const dx = new Float64Array(x.data.length);
    for (let n = 0; n < x.n; n++) {
      for (let o = 0; o < out; o++) {
        const d = dy[n * out + o];
        db[o] += d;
        for (let i = 0; i < x.c; i++) {
          dw[i * out + o] += x.data[n * x.c + i] * d;
          dx[n * x.c + i] += weight[i * out + o] * d;
        }
      }
    }
    return dx;
  };
  return { y: { n: x.n, h: 1, w: 1, c: out, data: y }, back };
}

type Loss = { loss: number; gradient: Float64Array };

/** Mean over dimensions, then over images. */
function squaredLoss(y: Tensor, targets: ArrayLike<number>): Loss {
  const count = y.data.length;
  const error = y.data.map((v, i) => v - targets[i]);
  return {
    loss: error.reduce((sum, e) => sum + (e * e) / count, 0),
    gradient: error.map((e) => (2 * e) / count),
  };
}

/** 1 - cosine, mean over images. */
function cosineLoss(y: Tensor, targets: ArrayLike<number>): Loss {
  const gradient = new Float64Array(y.data.length);
  let loss = 0;
  for (let n = 0; n < y.n; n++) {
    const at = n * y.c;
    let [oo, tt, ot] = [0, 0, 0];
    for (let i = at; i < at + y.c; i++) {
      oo += y.data[i] ** 2;
      tt += targets[i] ** 2;
      ot += y.data[i] * targets[i];
    }
    const norms = Math.sqrt(oo * tt);
    loss += (1 - ot / norms) / y.n;
    for (let i = at; i < at + y.c; i++) {
      gradient[i] = -(targets[i] / norms - (ot / norms) * (y.data[i] / oo)) / y.n;
    }
  }
  return { loss, gradient };
}
