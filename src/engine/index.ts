/** The engine: networks as data become static plans that train and predict. */

import { type EngineInfo, resolveBackend } from './backend.js';
import type { BackendName } from './types.js';

export type { EngineInfo } from './backend.js';
export {
  type AdamWOptions,
  type OptimizerKind,
  type OptimizerOptions,
  type SgdOptions,
  usualOptimizer,
} from './optimizers.js';
export { compile, type Plan } from './plan.js';
export { createPredictor } from './predictor.js';
export { type Roofline, type RooflineRow, roofline } from './roofline.js';
export { CompiledTrainer, createTrainer } from './trainer.js';
export * from './types.js';

/** What would run here: backend, instruction set, CPU. */
export async function engineInfo(backend: BackendName | 'auto' = 'auto'): Promise<EngineInfo> {
  return resolveBackend(backend);
}
