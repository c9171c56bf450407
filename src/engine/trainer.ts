/** A compiled training step. */

import { AUGMENT_FIELDS } from '../data/augment-record.js';
import type { Network } from '../nn/types.js';
import { LexelError } from '../util/errors.js';
import { Turns } from '../util/turns.js';
import type { Machine } from './backend.js';
import { DYNAMIC, DYNAMIC_FIELDS } from './constants.js';
import { disposeOnError, machineFor } from './machine.js';
import { normalisationOf } from './normalisation.js';
import { optimizerScalars } from './optimizers.js';
import { compile, type Plan } from './plan.js';
import type { TrainingRegions } from './regions.js';
import { copyIn, copyOut, type RegionSlots, weightRegions } from './state.js';
import {
  INITIAL_LOG_SCALE,
  LOG_SCALE,
  type OpenEngine,
  type StateDict,
  type StepInput,
  type Trainer,
  type TrainingOptions,
} from './types.js';

/**
 * Compiles `network` for training at a fixed batch size and loads `engine.init` (weights and running
 * statistics).
 * @throws LexelError if the network cannot be compiled, the weights do not fit, or there is not enough memory
 */
export async function compileTrainer(
  network: Network,
  batch: number,
  training: TrainingOptions,
  engine: OpenEngine & { readonly init: StateDict },
): Promise<Trainer> {
  return CompiledTrainer.create(compile(network, batch, training), engine);
}

/** {@link Trainer} with access to its plan, for measurements and tests. */
export class CompiledTrainer implements Trainer {
  readonly batch: number;
  private readonly training: TrainingOptions;
  private readonly regions: TrainingRegions;
  private readonly calls = new Turns();
  /** The step's scalars, and an integer view of the same memory. */
  private readonly dynamic = new Float32Array(DYNAMIC_FIELDS);
  private readonly dynamicWords = new Int32Array(this.dynamic.buffer);
  private steps = 0;

  private constructor(
    readonly plan: Plan,
    private readonly machine: Machine,
    private readonly runningMomentum: number,
  ) {
    this.batch = plan.batch;
    this.training = plan.training!;
    this.regions = plan.regions.training!;
  }

  /** @throws LexelError like {@link compileTrainer} */
  static async create(
    plan: Plan,
    engine: OpenEngine & { readonly init: StateDict },
  ): Promise<CompiledTrainer> {
    const momentum = commonMomentum(plan.network);
    const machine = await machineFor(engine, plan.floats, [plan.program]);
    const trainer = new CompiledTrainer(plan, machine, momentum);
    return disposeOnError(machine, async () => {
      const { labels } = trainer.regions;
      await machine.write(plan.regions.normalisation.offset, normalisationOf(engine));
      if (labels) await machine.write(labels.offset, trainer.training.labels!.vectors);
      await copyIn(withLogScale(engine.init, plan), machine, weightRegions(plan));
      return trainer;
    });
  }

  async step(input: StepInput): Promise<number> {
    const { network, regions } = this.plan;
    const { targets, loss, dynamic } = this.regions;
    const { ema } = this.training;
    expectLength('pixels', input.pixels.length, this.batch * network.size * network.size * 3);
    expectLength('augment', input.augment.length, this.batch * AUGMENT_FIELDS);
    expectLength('targets', input.targets.length, targets.floats);
    return this.calls.take(async () => {
      const t = this.steps + 1;
      const { beta1, beta2 } = optimizerScalars(this.training);
      this.dynamic[DYNAMIC.learningRate] = input.learningRate;
      this.dynamic[DYNAMIC.correction1] = 1 / (1 - beta1 ** t);
      this.dynamic[DYNAMIC.correction2] = 1 / (1 - beta2 ** t);
      this.dynamic[DYNAMIC.averageRate] = debiasedRate(1 - ema, t);
      this.dynamic[DYNAMIC.runningRate] = debiasedRate(this.runningMomentum, t);
      this.dynamicWords[DYNAMIC.dropoutKeyLow] = input.dropoutKey[0];
      this.dynamicWords[DYNAMIC.dropoutKeyHigh] = input.dropoutKey[1];
      await this.machine.write(regions.pixels.offset, input.pixels);
      await this.machine.write(regions.augment.offset, input.augment);
      await this.machine.write(targets.offset, input.targets);
      // Written as integers: the key's bits may form a NaN.
      await this.machine.write(dynamic.offset, this.dynamicWords);
      await this.machine.run(0);
      this.steps = t;
      const [value] = await this.machine.read(loss.offset, 1);
      return value;
    });
  }

  weights(options: { ema?: boolean; shared?: boolean } = {}): Promise<StateDict> {
    return this.calls.queue(() => this.readWeights(options));
  }

  state(options: { shared?: boolean } = {}): Promise<StateDict> {
    return this.calls.queue(async () => {
      const { shared } = options;
      const state = await this.readWeights({ shared });
      for (const { region, slots, prefix } of this.optimizerRegions()) {
        await copyOut(state, this.machine, region, slots, { prefix, shared });
      }
      state.set('optimizer.step', { shape: [1], data: Float32Array.of(this.steps) });
      return state;
    });
  }

  load(state: StateDict): Promise<void> {
    return this.calls.queue(async () => {
      const step = state.get('optimizer.step');
      if (!step)
        throw new LexelError(
          'state: optimizer.step is missing',
          'load the full state of a checkpoint, not only its weights',
        );
      const [steps] = step.data;
      if (step.data.length !== 1 || !Number.isInteger(steps) || steps < 0)
        throw new LexelError(`state: optimizer.step is [${step.data.slice(0, 3)}], not a number of steps`);
      await copyIn(state, this.machine, [...weightRegions(this.plan), ...this.optimizerRegions()]);
      this.steps = steps;
    });
  }

  dispose(): Promise<void> {
    return this.calls.queue(async () => this.machine.dispose());
  }

  /** Gradients of the last step before clipping, for tests. */
  gradients(): Promise<StateDict> {
    return this.calls.queue(async () => {
      const state: StateDict = new Map();
      await copyOut(state, this.machine, this.regions.gradients, this.plan.parameters);
      return state;
    });
  }

  private async readWeights(options: { ema?: boolean; shared?: boolean }): Promise<StateDict> {
    const { regions, parameters, buffers } = this.plan;
    const { averages } = this.regions;
    if (options.ema && !averages)
      throw new LexelError('averaged weights are not available, because ema is 0');
    // Before the first step there is no average, so the initial weights are returned.
    const averaged = options.ema && this.steps > 0 ? averages : null;
    const state: StateDict = new Map();
    await copyOut(state, this.machine, regions.weights, parameters, options);
    if (averaged) {
      // Weights that are not trained have no average; they stay the same.
      const trained = parameters.filter(({ at }) => at < this.plan.trained);
      await copyOut(state, this.machine, averaged.weights, trained, options);
    }
    await copyOut(state, this.machine, averaged?.running ?? regions.running, buffers, options);
    return state;
  }

  private optimizerRegions(): RegionSlots[] {
    const { parameters: slots, buffers } = this.plan;
    const { moments, averages } = this.regions;
    const found: RegionSlots[] = [];
    for (const [name, region] of Object.entries(moments)) {
      if (region) found.push({ region, slots, prefix: `optimizer.${name}.` });
    }
    if (averages) {
      const prefix = 'optimizer.average.';
      found.push({ region: averages.weights, slots, prefix });
      found.push({ region: averages.running, slots: buffers, prefix, hint: NOT_AVERAGED });
    }
    return found;
  }
}

/**
 * An average that starts late differs from one over all steps, so a missing average is not initialised here.
 */
const NOT_AVERAGED =
  'an earlier version of Lexel, which averaged only the weights, wrote this state: start a new run, or continue with that version';

/**
 * Update rate of a bias-corrected moving average at step t. With it, r += rate * (x - r) equals e_t / (1 - (1
 * - m)^t) for the plain average e_t = (1 - m) e_(t-1) + m x, so the first step has weight 1.
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
  if (found.size > 1)
    throw new LexelError(`network "${network.name}": all batch norms must have the same momentum`);
  return [...found][0] ?? 0.1;
}

/** Adds the loss's own weight, the learned scale, which an initialised network does not contain. */
function withLogScale(init: StateDict, { parameters }: Plan): StateDict {
  if (init.has(LOG_SCALE) || !parameters.some(({ name }) => name === LOG_SCALE)) return init;
  return new Map(init).set(LOG_SCALE, { shape: [1], data: Float32Array.of(INITIAL_LOG_SCALE) });
}

function expectLength(what: string, got: number, needed: number): void {
  if (got !== needed) throw new LexelError(`step: ${what} has ${got} values, but the plan needs ${needed}`);
}
