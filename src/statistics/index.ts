/** Statistics of a run, each with its null. Reads run directories; does not train or draw. */

export type { Measures, RankMeasures } from './class-measures.js';
export type { ByStart, ClassResult } from './class-result.js';
export { type ClassCurve, type CurveValue, classCurves, quartileBands, quartileCurves } from './curves.js';
export type { Interval } from './evidence/bootstrap.js';
export { type Comparison, compareRuns } from './evidence/compare.js';
export { type ComparedWith, type ComparedWithRun, compareWith } from './evidence/compared-with.js';
export type { Evidence } from './evidence/evidence.js';
export { type OverSeedsSummary, overSeeds } from './evidence/over-seeds.js';
export { type KeepOptions, type Kept, keepRun } from './keep-run.js';
export {
  answersOf,
  type FoldAnswers,
  type FoldData,
  type HeldOutClass,
  loadRun,
  type RunData,
} from './load.js';
export {
  GROUPS,
  groupTitle,
  MEASURES,
  type Measure,
  type MeasureGroup,
  STATISTICS,
  type Statistic,
  type Unit,
} from './measures.js';
export type { NullInterval, PermutationNull } from './permutation-null.js';
export { readSummary } from './read-summary.js';
export { type FoldDrift, foldDrift } from './record-drift.js';
export {
  type SeedMeasure,
  type SeedsFile,
  type SeedsSummary,
  type Spread,
  summariseSeeds,
} from './seed-spread.js';
export {
  type ChangeSummary,
  type Headline,
  type Summary,
  summarise,
  summariseRun,
} from './summary.js';
export type { ZeroShot, ZeroShotClass, ZeroShotOptions } from './zero-shot/zero-shot.js';
