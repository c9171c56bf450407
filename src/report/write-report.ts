/** Writes a run's report: page, figures, tables and numbers. */
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { imagesOfRun } from '../crossval/index.js';
import { missingText } from '../figures/missing-characters.js';
import { svgToPng } from '../figures/png.js';
import { writeFileAtomic } from '../formats/index.js';
import { loadRun, type RunData } from '../statistics/load.js';
import { type Summary, summarise } from '../statistics/summary.js';
import { checkDataDirectory } from '../util/data-dir.js';
import type { WordVectors } from '../words/index.js';
import { classesCsv } from './csv.js';
import { heldOutImages } from './held-out-images.js';
import { reportHtml } from './html.js';
import { imageCards } from './image-cards.js';
import { figureFiles, runFigures } from './run-figures.js';
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
  /** Gives the run's images if they are open already; default: they are opened again. */
  readonly open?: typeof imagesOfRun;
  /**
   * Called once if PNGs lack characters that no font has. The SVGs beside them have them.
   * @param message names the folder, the characters and the way out
   */
  readonly onWarning?: (message: string) => void;
  /** Aborts before the numbers, the figures and the images; once the first file is written, all are. */
  readonly signal?: AbortSignal;
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
  const out = options.out ?? join(runDir, 'report');
  const { files, summary, missing } = await reportRun(loadRun(runDir, options.reading), { ...options, out });
  warnOfMissing(out, missing, options);
  return { files, summary };
}

/** Tells of the characters that the PNGs of a folder lack, if any. */
export function warnOfMissing(
  out: string,
  missing: ReadonlySet<string>,
  { onWarning }: Pick<ReportOptions, 'onWarning'>,
): void {
  if (missing.size > 0) onWarning?.(`${join(out, '*.png')}: ${missingText([...missing])}`);
}

/** A report, and more about it than its caller returns. */
interface ReportedRun extends WrittenReport {
  /** HTML of the held-out images, empty without them. */
  readonly images: string;
  /** The characters that its PNGs lack. */
  readonly missing: ReadonlySet<string>;
}

/** {@link writeReport} for a loaded run, without its warning. */
export async function reportRun(
  data: RunData,
  options: ReportOptions & { readonly out: string },
): Promise<ReportedRun> {
  const { permutations, resamples, comparedWith, vocabulary, out, signal } = options;
  checkDataDirectory(options.dataDir);
  await goesOn(signal);
  const summary = summarise(data, { permutations, resamples, comparedWith, vocabulary });
  await goesOn(signal);
  const figures = runFigures(data, summary);
  await goesOn(signal);
  const images = options.images === false ? '' : await imageCards(await heldOutImages(data, options));
  await goesOn(signal);
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
  const missing = new Set<string>();
  const onMissing = (characters: readonly string[]) => {
    for (const character of characters) missing.add(character);
  };
  for (const [name, svg] of Object.entries(figureFiles(figures))) {
    write(`${name}.svg`, svg);
    write(`${name}.png`, svgToPng(svg, 2, { onMissing }));
  }
  return { files, summary, images, missing };
}

/** Lets the caller abort. @throws the reason of the signal if it is aborted */
async function goesOn(signal: AbortSignal | undefined): Promise<void> {
  await breathe();
  signal?.throwIfAborted();
}
