/**
 * Translates layers to operations. One walk over the layers emits the forward operations and records on a
 * tape, for each of them, a closure that emits its backward pass. `backward()` runs the tape in reverse.
 */

import type { Layer } from '../nn/types.js';
import type { Buffer } from './buffers.js';
import { convolution, linear } from './convolution.js';
import { Emitter, type LoweringContext } from './emitter.js';
import { gradientOf, passOn } from './gradients.js';
import { squeezeExcite } from './squeeze-excite.js';
import { NO_VIEW, Value } from './values.js';

type Residual = Extract<Layer, { type: 'residual' }>;

export class Lowering {
  private readonly emitter: Emitter;
  private dropouts = 0;

  constructor(private readonly env: LoweringContext) {
    this.emitter = new Emitter(env);
  }

  /** Emits the forward pass of `layers` on `input`. */
  forward(layers: readonly Layer[], input: Value, shared = false): Value {
    let value = input;
    for (let i = 0; i < layers.length; i++) {
      const layer = layers[i];
      // A residual's input has other readers, so a layer that leaves something pending on it needs a copy.
      if (shared && value === input && layer.type !== 'conv' && layer.type !== 'residual') {
        value = this.materialise(value, 'copy');
      }
      switch (layer.type) {
        case 'conv': {
          const next = layers[i + 1];
          const norm = next?.type === 'batch-norm' ? next : undefined;
          value = convolution(this.emitter, layer, value, norm);
          if (norm) i++;
          break;
        }
        case 'batch-norm':
          throw new Error(`layer ${layer.name}: a batch norm that its convolution has not taken`);
        case 'activation':
          if (value.gate || value.activation !== 'none') value = this.materialise(value, 'activation');
          value.activation = layer.fn;
          break;
        case 'squeeze-excite':
          // The gate has weights to learn even if its input needs no gradient.
          if (value.gate || !value.differentiable) value = this.materialise(value, layer.name, true);
          value.gate = squeezeExcite(this.emitter, layer, value);
          break;
        case 'residual':
          value = this.residual(layer, value);
          break;
        case 'global-average-pool':
          value = this.pool(value);
          break;
        case 'dropout':
          value = this.dropout(layer.rate, value);
          break;
        case 'linear':
          value = linear(this.emitter, layer, value);
          break;
        default:
          layer satisfies never;
      }
    }
    return value;
  }

  /** Emits the backward pass of everything emitted so far. The last value's gradient must be set. */
  backward(): void {
    for (const step of this.emitter.tape.reverse()) step();
  }

  /** The value as a constant: the backward pass stops here. */
  freeze(value: Value): Value {
    const plain = value.plain ? value : this.materialise(value, 'frozen');
    this.emitter.tape.length = 0;
    return new Value(plain.x, plain.shape, false);
  }

  /** Stores the value in its own buffer, with nothing pending. */
  materialise(value: Value, label: string, differentiable = value.differentiable): Value {
    const out = new Value(this.emitter.activation(label, value.shape), value.shape, differentiable);
    this.env.builder.emit('add', label, {
      ...this.emitter.imageSizes(value),
      first: value.view(),
      second: NO_VIEW,
      output: out.x,
    });
    if (differentiable)
      this.emitter.tape.push(() => passOn(this.emitter, value, gradientOf(this.emitter, out).du));
    return out;
  }

  private residual(layer: Residual, input: Value): Value {
    const from = input.plain ? input : this.materialise(input, layer.name);
    const body = this.forward(layer.body, from, true);
    const shortcut = layer.shortcut.length ? this.forward(layer.shortcut, from, true) : from;
    const out = new Value(this.emitter.activation(layer.name, body.shape), body.shape);
    this.env.builder.emit('add', layer.name, {
      ...this.emitter.imageSizes(body),
      first: body.view(),
      second: shortcut.view(),
      output: out.x,
    });
    this.emitter.tape.push(() => {
      const { du } = gradientOf(this.emitter, out);
      passOn(this.emitter, body, du);
      // A plain operand adds the gradients of its other readers to the one it gets here. It may share `du`
      // with an operand that only reads `du` and is done first; the body of an identity shortcut is one.
      const shares = !shortcut.plain || (!body.plain && layer.shortcut.length === 0);
      passOn(this.emitter, shortcut, shares ? du : this.emitter.copyOf(du, out));
    });
    return out;
  }

  private pool(input: Value): Value {
    const value = input.gate ? this.materialise(input, 'pool') : input;
    const out = new Value(this.emitter.activation('pool', [1, 1, value.channels]), [1, 1, value.channels]);
    this.env.builder.emit('pool', 'pool', {
      ...this.emitter.imageSizes(value),
      input: value.view(),
      output: out.x,
    });
    this.emitter.tape.push(() => {
      value.gradient = { kind: 'pooled', buffer: gradientOf(this.emitter, out).du };
    });
    return out;
  }

  private dropout(rate: number, input: Value): Value {
    const { training } = this.env;
    if (!training || rate === 0) return input;
    const value = input.plain ? input : this.materialise(input, 'dropout');
    const layer = this.dropouts++;
    const count = this.env.batch * value.pixels * value.channels;
    const emit = (values: Buffer) =>
      this.env.builder.emit('dropout', 'dropout', { count, layer, rate, key: training.dropoutKey, values });
    emit(value.x);
    const out = new Value(value.x, value.shape, value.differentiable);
    if (value.differentiable) {
      this.emitter.tape.push(() => {
        const { du } = gradientOf(this.emitter, out);
        emit(du);
        passOn(this.emitter, value, du);
      });
    }
    return out;
  }
}
