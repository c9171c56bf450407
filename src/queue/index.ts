/** Folds on many machines: a queue that hands them out, a store that keeps their results. */
export { experimentFor, openRunDirectory } from './collect.js';
export { follow, mismatches, submit } from './coordinator.js';
export { fill, type QueuePlace } from './fill.js';
export { clearStore } from './gc.js';
export { connectRedis, troubleText } from './redis.js';
export {
  type ExperimentStatus,
  QUEUE_ACTIONS,
  type QueueAction,
  type QueueStatus,
  queueStatus,
} from './status.js';
export type { StoredExperiment } from './stored-experiment.js';
export { openStore } from './stores/open-store.js';
export { runQueueWorker } from './worker.js';
