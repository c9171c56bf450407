/** Training of one network: configuration, presets, recipes, controls, checkpoints and model files. */
export { type OwnSpace, ownAnswers } from './answers.js';
export { loadCheckpoint, removeCheckpoint, saveCheckpoint } from './checkpoint-file.js';
export { composeConfig, recipeLossConfig } from './compose-config.js';
export {
  type AugmentConfig,
  epochsText,
  keptEpoch,
  MOST_VALIDATION,
  pickTrainConfig,
  type TrainConfig,
  VALIDATION_SHARE,
} from './config.js';
export { type ConseOptions, conse } from './conse.js';
export {
  CONTROL_NAMES,
  type Control,
  type ControlName,
  controlName,
  controlOf,
  controlVectors,
} from './control.js';
export { DriftError, drift, engineId } from './drift.js';
export type {
  ClassMetrics,
  EndEvent,
  EpochEvent,
  FailedEvent,
  FoldEvent,
  HeldOutMetrics,
  ResumeEvent,
  StartEvent,
  ValidationMetrics,
  WarningEvent,
} from './events.js';
export {
  calibrationValues,
  earlyNetwork,
  type Familiarity,
  familiarityOf,
} from './familiarity.js';
export {
  type FeatureSpace,
  standardised,
  totalCovariance,
  whitened,
  whitenedWithin,
} from './feature-spaces.js';
export type { FeatureStatistics } from './feature-statistics.js';
export { featureNetwork, type KeptFeatures } from './features.js';
export type { FoldResult, KeptOutputs } from './fold.js';
export { classHead, type Heads, headsOf, vectorHead, widthOf } from './heads.js';
export { type MeasuredSteps, measureSteps } from './measure-steps.js';
export { type AnsweringModel, type Model, modelAnswers } from './model-bytes.js';
export { loadModel, saveModel } from './model-file.js';
export { type ModelHeader, modelHeads, seenLabels } from './model-header.js';
export { calibrateFamiliarity, trainFold } from './named-backend.js';
export type { Fold, FoldOptions } from './options.js';
export { foldTargets, predictorBatch } from './prepare.js';
export { PRESETS, type PresetConfig, type PresetName, preset } from './presets.js';
export {
  LABEL_WEIGHT,
  RECIPE_NAMES,
  type RecipeName,
  recipeLoss,
  recipeName,
  type TargetSpace,
  targetSpace,
} from './recipe.js';
export { learningRateAt, type Schedule } from './schedule.js';
export {
  beganOnSchema,
  type EngineId,
  engineIdSchema,
  FORMAT_VERSION,
  normalisationSchema,
} from './schema.js';
export { RAW_SPACE, type SpaceNumbers, toSpace, zeroRows } from './space.js';
