/** The engine compiles networks to static plans and runs them for training and prediction. */

import type { EngineInfo } from './backend.js';
import type { BackendChoice } from './backend-names.js';
import { openBackend } from './backends/index.js';

export { AUGMENT_FIELDS } from '../data/augment-record.js';
export type { Allocation, Backend, EngineInfo, Machine } from './backend.js';
export type { BackendChoice, BackendName } from './backend-names.js';
export { openBackend, openedBackend } from './backends/index.js';
export { LOSS_PARTS, type LossKind, type LossParts } from './constants.js';
export { createPredictor, createTrainer } from './create.js';
export {
  type AdamWOptions,
  type OptimizerKind,
  type OptimizerOptions,
  type SgdOptions,
  usualOptimizer,
} from './optimizers.js';
export { compile, type Plan } from './plan.js';
export { type Roofline, type RooflineRow, roofline } from './roofline.js';
export { CompiledTrainer } from './trainer.js';
export {
  type EngineOptions,
  INITIAL_LOG_SCALE,
  type JointHeads,
  LOG_SCALE,
  type LossLabels,
  type OpenEngine,
  type Predictor,
  type StateDict,
  type StepInput,
  type Trainer,
  type TrainingOptions,
} from './types.js';

/** The backend, instruction set and CPU that this choice resolves to on this machine. */
export async function engineInfo(backend: BackendChoice = 'auto'): Promise<EngineInfo> {
  return openBackend(backend).info;
}
