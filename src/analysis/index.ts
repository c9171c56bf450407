/** What a run shows: statistics with their nulls, figures, the report. Reads run directories, trains nothing. */

export { seedRuns } from '../crossval/runs.js';
export { STATISTICS, type Statistic } from './aggregate.js';
export { type ClassCurve, type CurveValue, classCurves, quartileBands, quartileCurves } from './curves.js';
export { type Beside, type BesideRun, besideRuns } from './evidence/beside.js';
export type { Interval } from './evidence/bootstrap.js';
export { type Comparison, compareRuns } from './evidence/compare.js';
export type { Evidence } from './evidence/evidence.js';
export { type OverSeedsSummary, overSeeds } from './evidence/seeds.js';
export { classChart } from './figures/class-chart.js';
export { drawFigure, type FigureText, type Panel } from './figures/document.js';
export { figure2 } from './figures/figure-2.js';
export { figure3 } from './figures/figure-3.js';
export { svgToPng } from './figures/png.js';
export { type FoldData, type HeldOutClass, loadRun, type RunData } from './load.js';
export type { Measures, RankMeasures } from './pair-table.js';
export { comparisonText } from './report/comparison.js';
export { POSTER } from './report/poster.js';
export { type ReportOptions, writeReport } from './report/report.js';
export { seedsText, writeSeedsReport } from './report/seeds.js';
export { alignTable, summaryText } from './report/text.js';
export { type SeedMeasure, type SeedsSummary, type Spread, summariseSeeds } from './seeds.js';
export {
  type ByStart,
  type ChangeSummary,
  type ClassResult,
  type Headline,
  type Summary,
  summarise,
  summariseRun,
} from './summary.js';
export type { NullInterval, SwapNull } from './swap-null.js';
export type { ZeroShot, ZeroShotClass, ZeroShotOptions } from './zero-shot/summary.js';
