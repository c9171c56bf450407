/** All figures of a run, for its report and for the studio. */

import { classChart } from '../figures/class-chart.js';
import { figure1 } from '../figures/figure-1.js';
import { figure2 } from '../figures/figure-2.js';
import { figure3 } from '../figures/figure-3.js';
import { rankScale } from '../figures/rank-scale.js';
import { relativesFigure } from '../figures/relatives-chart.js';
import { seenUnseenFigure } from '../figures/seen-unseen-chart.js';
import { startVarianceFigure } from '../figures/start-variance-chart.js';
import { classCurves } from '../statistics/curves.js';
import type { RunData } from '../statistics/load.js';
import type { Summary } from '../statistics/summary.js';
import { widthOf } from '../train/index.js';
import { confusionOverview, type Overview, wordMapOverview } from './overview-sections.js';

/** The figures' SVG text. */
export interface ReportFigures {
  /** null if no word has a rank. */
  readonly rankScale: string | null;
  readonly wordMap: Overview;
  readonly confusion: Overview;
  /** null if this version does not know the network. */
  readonly figure1: string | null;
  readonly figure2: string;
  readonly figure2Relative: string;
  readonly figure3: string;
  readonly classes: string;
  /** null if no fold has kept its seen images. */
  readonly seenUnseen: string | null;
  readonly start: string;
  readonly whyGain: string;
  readonly whyCosine: string;
}

/** Draws the figures. @param summary of the same run */
export function runFigures(data: RunData, summary: Summary): ReportFigures {
  const { generalised } = summary.zeroShot;
  const curves = classCurves(data);
  return {
    rankScale: rankScale(summary),
    wordMap: wordMapOverview(data),
    confusion: confusionOverview(data),
    figure1: figure1(data.run.run, widthOf(data.folds[0].space.heads)),
    figure2: figure2(summary, curves),
    figure2Relative: figure2(summary, curves, 'relative'),
    figure3: figure3(summary),
    classes: classChart(summary),
    seenUnseen: generalised && seenUnseenFigure(generalised),
    start: startVarianceFigure(summary.start, summary.meanVectorChange.initial),
    whyGain: relativesFigure(summary.why, 'gain'),
    whyCosine: relativesFigure(summary.why, 'centredCosine'),
  };
}

/** The SVG of each figure's file, by the file's name without ending. */
export function figureFiles(figures: ReportFigures): Record<string, string> {
  const svgOf = (overview: Overview) => ('svg' in overview ? overview.svg : null);
  const files: Record<string, string | null> = {
    'word-map': svgOf(figures.wordMap),
    confusion: svgOf(figures.confusion),
    'figure-1': figures.figure1,
    'figure-2': figures.figure2,
    'figure-2-relative': figures.figure2Relative,
    'figure-3': figures.figure3,
    classes: figures.classes,
    'seen-unseen': figures.seenUnseen,
    start: figures.start,
    'why-cosine': figures.whyCosine,
    'why-gain': figures.whyGain,
  };
  return Object.fromEntries(
    Object.entries(files).flatMap(([name, svg]) => (svg === null ? [] : [[name, svg]])),
  );
}
