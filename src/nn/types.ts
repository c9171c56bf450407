/** Networks as plain data; the engine compiles them. */

export type Activation = 'relu' | 'silu' | 'hard-swish' | 'sigmoid' | 'hard-sigmoid';

/**
 * One layer. Names are unique paths ("blocks.3.expand.conv") and prefix the names of the parameters, as in
 * PyTorch. Activations are NHWC. Weights: dense convolution [k, k, in, out] (1x1: [in, out]), depthwise [k,
 * k, channels], linear [in, out]. Padding is (k - 1) / 2 on each side.
 */
export type Layer =
  /** Dense (`depthwise: false`) or depthwise convolution without bias; k is 1, 3 or 5, stride 1 or 2. */
  | { type: 'conv'; name: string; out: number; kernel: 1 | 3 | 5; stride: 1 | 2; depthwise: boolean }
  /** Batch norm over N, H, W. Parameters weight, bias; buffers running_mean, running_var. */
  | { type: 'batch-norm'; name: string; epsilon: number; momentum: number }
  | { type: 'activation'; fn: Activation }
  /**
   * Squeeze-excite: x * gate(fc2(act(fc1(mean over H, W of x)))). Both layers have biases.
   * Parameters fc1.weight [C, hidden], fc1.bias, fc2.weight [hidden, C], fc2.bias.
   */
  | { type: 'squeeze-excite'; name: string; hidden: number; activation: Activation; gate: Activation }
  /** body(x) + shortcut(x); an empty shortcut is the identity. */
  | { type: 'residual'; name: string; body: readonly Layer[]; shortcut: readonly Layer[] }
  | { type: 'global-average-pool' }
  | { type: 'dropout'; rate: number }
  /** Fully connected layer with bias, on [N, features]. */
  | { type: 'linear'; name: string; out: number };

export interface Network {
  /** "micronet", "efficientnet-b0", "lite", or another name chosen by the user. */
  readonly name: string;
  /** Height and width of the input, in pixels. */
  readonly size: number;
  readonly layers: readonly Layer[];
  /** Width of the output: the dimension of the word vectors. */
  readonly outputs: number;
}

/** Shape of an activation without the batch: [height, width, channels]; after the pool [1, 1, features]. */
export type Shape = readonly [number, number, number];
