/** Trainers and predictors on a backend that is given by its name. */

import type { Network } from '../nn/types.js';
import { openedBackend } from './backends/index.js';
import { compilePredictor } from './predictor.js';
import { compileTrainer } from './trainer.js';
import type { EngineOptions, OpenEngine, Predictor, StateDict, Trainer, TrainingOptions } from './types.js';

/**
 * Compiles `network` for training at a fixed batch size and loads `engine.init` (weights and running
 * statistics).
 * @throws LexelError if the network cannot be compiled, the weights do not fit, or the backend is not
 * available
 */
export async function createTrainer(
  network: Network,
  batch: number,
  training: TrainingOptions,
  engine: EngineOptions & { readonly init: StateDict },
): Promise<Trainer> {
  return compileTrainer(network, batch, training, opened(engine));
}

/**
 * Compiles `network` for evaluation, with running statistics and without dropout. Load weights before
 * predicting.
 * @throws LexelError if the network cannot be compiled or the backend is not available
 */
export async function createPredictor(
  network: Network,
  batch: number,
  engine: EngineOptions,
): Promise<Predictor> {
  return compilePredictor(network, batch, opened(engine));
}

const opened = <Options extends EngineOptions>(engine: Options): Options & OpenEngine => ({
  ...engine,
  backend: openedBackend(engine.backend),
});
