/** A compiled training step. */

import type { Network } from '../nn/index.js';
import { LexelError } from '../util/errors.js';
import { createMachine, type Machine } from './backend.js';
import { writeNormalisation } from './normalisation.js';
import { optimizerScalars } from './optimizers.js';
import { compile, type Plan } from './plan.js';
import { DYNAMIC } from './regions.js';
import { copyIn, takeOut } from './state.js';
import {
  AUGMENT_FIELDS,
  type EngineOptions,
  INITIAL_LOG_SCALE,
  LOG_SCALE,
  type StateDict,
  type StepInput,
  type Trainer,
  type TrainingOptions,
} from './types.js';

/**
 * Compiles `network` for training at a fixed batch size and loads `engine.init` (weights and running statistics).
 * @throws LexelError when the network, the weights or the backend do not fit
 */
export async function createTrainer(
  network: Network,
  batch: number,
  training: TrainingOptions,
  engine: EngineOptions & { readonly init: StateDict },
): Promise<Trainer> {
  return new CompiledTrainer(compile(network, batch, training), engine);
}

/** {@link Trainer}, with its plan in reach for measurement and tests. */
export class CompiledTrainer implements Trainer {
  readonly batch: number;
  private readonly machine: Machine;
  private readonly training: TrainingOptions;
  private readonly runningMomentum: number;
  private steps = 0;

  constructor(
    readonly plan: Plan,
    engine: EngineOptions & { readonly init: StateDict },
  ) {
    this.batch = plan.batch;
    this.training = plan.training!;
    this.runningMomentum = commonMomentum(plan.network);
    this.machine = createMachine(engine.backend, plan.floats, plan.scratch, engine.threads ?? 1, [
      plan.program,
    ]);
    writeNormalisation(this.machine.arena, plan.regions.normalisation, engine);
    const { labels } = plan.regions.training!;
    if (labels) this.machine.arena.set(this.training.labels!.vectors, labels.offset);
    this.loadWeights(withLogScale(engine.init, plan));
  }

  step(input: StepInput): number {
    const { arena } = this.machine;
    const { pixels, augment } = this.plan.regions;
    const { targets, labels, loss, dynamic } = this.plan.regions.training!;
    const { network } = this.plan;
    expectLength('pixels', input.pixels.length, this.batch * network.size * network.size * 3);
    expectLength('augment', input.augment.length, this.batch * AUGMENT_FIELDS);
    expectLength(
      'targets',
      input.targets.length,
      this.batch * (labels ? this.training.labels!.count : network.outputs),
    );
    this.steps++;
    const t = this.steps;
    const { ema } = this.training;
    const { beta1, beta2 } = optimizerScalars(this.training);
    new Uint8Array(arena.buffer, arena.byteOffset + pixels.offset * 4).set(input.pixels);
    const words = new Int32Array(arena.buffer, arena.byteOffset, arena.length);
    words.set(input.augment, augment.offset);
    arena.set(input.targets, targets.offset);
    const at = dynamic.offset;
    arena[at + DYNAMIC.learningRate] = input.learningRate;
    arena[at + DYNAMIC.correction1] = 1 / (1 - beta1 ** t);
    arena[at + DYNAMIC.correction2] = 1 / (1 - beta2 ** t);
    arena[at + DYNAMIC.averageRate] = debiasedRate(1 - ema, t);
    arena[at + DYNAMIC.runningRate] = debiasedRate(this.runningMomentum, t);
    words[at + DYNAMIC.dropoutKey] = input.dropoutKey[0] | 0;
    words[at + DYNAMIC.dropoutKey + 1] = input.dropoutKey[1] | 0;
    this.machine.run(0);
    return arena[loss.offset];
  }

  weights(options: { ema?: boolean; shared?: boolean } = {}): StateDict {
    const { regions, parameters, buffers } = this.plan;
    const average = regions.training!.average;
    if (options.ema && !average) throw new LexelError('averaged weights were asked for, and ema is 0');
    const state: StateDict = new Map();
    takeOut(state, this.machine.arena, regions.weights, parameters, options);
    if (options.ema && average) {
      // What is not trained has no average of its own: it is its own.
      const trained = parameters.filter(({ at }) => at < this.plan.trained);
      takeOut(state, this.machine.arena, average, trained, options);
    }
    takeOut(state, this.machine.arena, regions.running, buffers, options);
    return state;
  }

  state(options: { shared?: boolean } = {}): StateDict {
    const { shared } = options;
    const state = this.weights({ shared });
    const { parameters } = this.plan;
    for (const [prefix, region] of this.optimizerRegions()) {
      takeOut(state, this.machine.arena, region, parameters, { prefix, shared });
    }
    state.set('optimizer.step', { shape: [1], data: Float32Array.of(this.steps) });
    return state;
  }

  load(state: StateDict): void {
    this.loadWeights(state);
    for (const [prefix, region] of this.optimizerRegions()) {
      copyIn(state, this.machine.arena, region, this.plan.parameters, prefix);
    }
    const step = state.get('optimizer.step');
    if (!step)
      throw new LexelError(
        'state: optimizer.step is missing',
        'load the state of a checkpoint, not weights alone',
      );
    this.steps = step.data[0];
  }

  /** Gradients of the last step, before clipping. For tests. */
  gradients(): StateDict {
    const state: StateDict = new Map();
    takeOut(state, this.machine.arena, this.plan.regions.training!.gradients, this.plan.parameters);
    return state;
  }

  private loadWeights(state: StateDict): void {
    const { regions, parameters, buffers } = this.plan;
    copyIn(state, this.machine.arena, regions.weights, parameters);
    copyIn(state, this.machine.arena, regions.running, buffers);
  }

  private optimizerRegions() {
    const { moments, average } = this.plan.regions.training!;
    const named = [
      ...Object.entries(moments).map(([name, region]) => [`optimizer.${name}.`, region] as const),
      ['optimizer.average.', average] as const,
    ];
    return named.flatMap(([prefix, region]) => (region ? [[prefix, region] as const] : []));
  }
}

/**
 * Rate of a bias-corrected moving average at step t: r += rate * (x - r) equals e_t / (1 - (1 - m)^t) of the plain
 * average e_t = (1 - m) e_(t-1) + m x, so the first step weighs 1.
 */
function debiasedRate(momentum: number, t: number): number {
  return momentum <= 0 ? 0 : momentum / (1 - (1 - momentum) ** t);
}

function commonMomentum(network: Network): number {
  const found = new Set<number>();
  const visit = (layers: Network['layers']) => {
    for (const layer of layers) {
      if (layer.type === 'batch-norm') found.add(layer.momentum);
      else if (layer.type === 'residual') {
        visit(layer.body);
        visit(layer.shortcut);
      }
    }
  };
  visit(network.layers);
  if (found.size > 1) throw new LexelError(`network "${network.name}": batch norms differ in momentum`);
  return [...found][0] ?? 0.1;
}

/** A network as initialised knows nothing of the loss's own weight: it is set to its start. */
function withLogScale(init: StateDict, { parameters }: Plan): StateDict {
  if (init.has(LOG_SCALE) || !parameters.some(({ name }) => name === LOG_SCALE)) return init;
  return new Map(init).set(LOG_SCALE, { shape: [1], data: Float32Array.of(INITIAL_LOG_SCALE) });
}

function expectLength(what: string, got: number, needed: number): void {
  if (got !== needed) throw new LexelError(`step: ${what} has ${got} values, the plan needs ${needed}`);
}
