/** Writes a run's report: page, figures, tables and numbers. */
import { join } from 'node:path';
import { classChart } from '../figures/class-chart.js';
import { figure1 } from '../figures/figure-1.js';
import { figure2 } from '../figures/figure-2.js';
import { figure3 } from '../figures/figure-3.js';
import { svgToPng } from '../figures/png.js';
import { rankScale } from '../figures/rank-scale.js';
import { relativesFigure } from '../figures/relatives-chart.js';
import { seenUnseenFigure } from '../figures/seen-unseen-chart.js';
import { startVarianceFigure } from '../figures/start-variance-chart.js';
import { writeFileAtomic } from '../formats/index.js';
import { classCurves } from '../statistics/curves.js';
import { loadRun, type RunData } from '../statistics/load.js';
import { type Summary, summarise } from '../statistics/summary.js';
import { widthOf } from '../train/index.js';
import { checkDataDirectory } from '../util/data-dir.js';
import type { WordVectors } from '../words/index.js';
import { classesCsv } from './csv.js';
import { heldOutImages } from './held-out-images.js';
import { reportHtml } from './html.js';
import { imageCards } from './image-cards.js';
import { confusionOverview, type Overview, wordMapOverview } from './overview-sections.js';
import { zeroShotCsv } from './zero-shot-csv.js';

export interface ReportOptions {
  /** Folder to write to; default: `report` inside the run directory. */
  readonly out?: string;
  /** Number of permutations for the null; default 2000. */
  readonly permutations?: number;
  /** Number of bootstrap draws; default 10,000. */
  readonly resamples?: number;
  /** Run directories to compare this one with, for example controls or other recipes. */
  readonly comparedWith?: readonly string[];
  /** Words that are candidates in addition to the labels, from the space that the run was trained in. */
  readonly vocabulary?: WordVectors;
  /** The reading that ranks and cosines are measured by (src/readings); default: the network's own. */
  readonly reading?: string;
  /** The directory that is searched first for the data set, whose held-out images the page shows. */
  readonly dataDir?: string;
  /** `false` leaves the images out, so that the data set is not opened. */
  readonly images?: boolean;
}

export interface WrittenReport {
  /** The paths written, the page first. */
  readonly files: string[];
  readonly summary: Summary;
}

/**
 * Reads a run directory (finished or not) and writes report.html, classes.csv, zero-shot.csv, summary.json,
 * and the figures word-map, confusion, figure-1, figure-2, figure-2-relative, figure-3, classes, start, why-cosine, why-gain and,
 * if seen images were kept, seen-unseen, each as SVG and PNG.
 * @throws LexelError if `runDir` is not a run or no fold has finished; FormatError if a file is damaged;
 * UsageError for a vocabulary of another space or an unknown reading
 * @example
 * const { summary } = await writeReport('runs/poster');
 * console.log(summaryText(summary));
 */
export async function writeReport(runDir: string, options: ReportOptions = {}): Promise<WrittenReport> {
  return reportRun(loadRun(runDir, options.reading), {
    ...options,
    out: options.out ?? join(runDir, 'report'),
  });
}

/** {@link writeReport} for a loaded run. */
export async function reportRun(
  data: RunData,
  options: ReportOptions & { readonly out: string },
): Promise<WrittenReport> {
  const { permutations, resamples, comparedWith, vocabulary, out } = options;
  checkDataDirectory(options.dataDir);
  const summary = summarise(data, { permutations, resamples, comparedWith, vocabulary });
  const { generalised } = summary.zeroShot;
  const curves = classCurves(data);
  const figures = {
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
  const images = options.images === false ? '' : await imageCards(await heldOutImages(data, options));
  const files: string[] = [];
  const write = (name: string, content: string | Uint8Array) => {
    const file = join(out, name);
    writeFileAtomic(file, [content]);
    files.push(file);
  };
  write('report.html', reportHtml(summary, figures, images));
  write('classes.csv', classesCsv(summary.classes));
  write('zero-shot.csv', zeroShotCsv(summary.zeroShot));
  write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
  const svgOf = (overview: Overview) => ('svg' in overview ? overview.svg : null);
  const drawings = {
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
  for (const [name, svg] of Object.entries(drawings)) {
    if (svg === null) continue;
    write(`${name}.svg`, svg);
    write(`${name}.png`, svgToPng(svg));
  }
  return { files, summary };
}
