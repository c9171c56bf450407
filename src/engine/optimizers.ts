/**
 * One table entry per optimizer: the state arrays it keeps per weight, and its default constants. The kernels
 * are in kernels/head.h. An optimizer that lacks an entry here or a kernel there does not compile.
 */

/** Loshchilov & Hutter, "Decoupled weight decay regularization", 2019, algorithm 2. */
export interface AdamWOptions {
  readonly optimizer: 'adamw';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Nesterov momentum as in PyTorch (Sutskever et al., "On the importance of initialization and momentum", 2013). */
export interface SgdOptions {
  readonly optimizer: 'sgd';
  readonly momentum: number;
}

export type OptimizerOptions = AdamWOptions | SgdOptions;
export type OptimizerKind = OptimizerOptions['optimizer'];
type OptionsOf<K extends OptimizerKind> = Extract<OptimizerOptions, { optimizer: K }>;

/** Moving averages of the gradient (`m`) and of its square (`v`); checkpoints use these names. */
export type MomentName = 'm' | 'v';

interface Optimizer<K extends OptimizerKind> {
  readonly state: readonly MomentName[];
  readonly defaults: Omit<OptionsOf<K>, 'optimizer'>;
  /** Operations per parameter. */
  readonly operations: number;
}

const OPTIMIZERS: { readonly [K in OptimizerKind]: Optimizer<K> } = {
  adamw: {
    state: ['m', 'v'],
    defaults: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    operations: 14,
  },
  sgd: { state: ['m'], defaults: { momentum: 0.9 }, operations: 6 },
};

export const OPTIMIZER_KINDS = Object.keys(OPTIMIZERS) as [OptimizerKind, ...OptimizerKind[]];

export function optimizerOf(kind: OptimizerKind): Omit<Optimizer<OptimizerKind>, 'defaults'> {
  return OPTIMIZERS[kind];
}

/** An optimizer with its default constants. */
export function usualOptimizer(kind: OptimizerKind): OptimizerOptions {
  return { optimizer: kind, ...OPTIMIZERS[kind].defaults } as OptimizerOptions;
}

/** The constants that the kernel reads; those the optimizer does not use are 0. */
export function optimizerScalars(options: OptimizerOptions): {
  beta1: number;
  beta2: number;
  epsilon: number;
  momentum: number;
} {
  switch (options.optimizer) {
    case 'adamw': {
      const { beta1, beta2, epsilon } = options;
      return { beta1, beta2, epsilon, momentum: 0 };
    }
    case 'sgd':
      return { beta1: 0, beta2: 0, epsilon: 0, momentum: options.momentum };
    default:
      return options satisfies never;
  }
}
