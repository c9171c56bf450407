/** Cross-validation: protocols, the run directory, and the runner that trains its folds on this machine. */
export { ATTEMPTS, isPoisoned, type Retry } from './attempts.js';
export {
  checkExperimentOptions,
  type Experiment,
  type ExperimentOptions,
  prepareExperiment,
} from './experiment.js';
export { type FoldOutputs, readFoldOutputs, writeFoldOutputs } from './fold-outputs.js';
export { FolderOfRunsError } from './folder-of-runs.js';
export type { FoldFailure } from './folds-left.js';
export { type Forecast, type ForecastOptions, forecast } from './forecast.js';
export { beginOrJoin, checkJoinable } from './join.js';
export { type Merged, mergeRuns } from './merge.js';
export type { Parallel, ParallelOptions } from './parallel.js';
export {
  continueRuns,
  type ListedProcess,
  type Listing,
  listProcesses,
  type Pause,
  pauseRuns,
  type TrainingProcess,
} from './pause.js';
export type { Progress } from './progress.js';
export { type ClassTable, protocolFolds, singleFold } from './protocols.js';
export { reopenExperiment } from './reopen.js';
export { imagesOfRun, type NoImages, openRunDataset, type RunDatasetOptions } from './run-dataset.js';
export {
  type FoldFiles,
  type FoldPlan,
  type FoldRecord,
  foldFiles,
  halfLinesText,
  type Normalised,
  type Run,
  type RunConfig,
  type RunFile,
  readFold,
  readingRecordFile,
  readRun,
  readRunFile,
} from './run-file.js';
export { type RunnerOptions, type RunOutcome, runFolds } from './runner.js';
export { findRuns, seedRuns } from './runs.js';
export { classIndices, parseRanges, type Selection, selectFolds } from './selection.js';
export { checkFree, createRunDirectory } from './store.js';
export { type TargetFaults, targetFaults, targetWarnings } from './target-faults.js';
