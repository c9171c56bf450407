/** Writes a run's report: the page, the figures, the table, the numbers. */
import { join } from 'node:path';
import { writeFileAtomic } from '../../formats/index.js';
import { classCurves } from '../curves.js';
import { classChart } from '../figures/class-chart.js';
import { figure2 } from '../figures/figure-2.js';
import { figure3 } from '../figures/figure-3.js';
import { svgToPng } from '../figures/png.js';
import { loadRun } from '../load.js';
import { type Summary, summarise } from '../summary.js';
import { classesCsv } from './csv.js';
import { reportHtml } from './html.js';

export interface ReportOptions {
  /** Folder to write to; default: `report` inside the run directory. */
  readonly out?: string;
  /** Deals of the swap null; default 2000. */
  readonly deals?: number;
}

/**
 * Reads a run directory (finished or not) and writes report.html, classes.csv, summary.json, and figure-2,
 * figure-2-relative, figure-3 and classes as SVG and PNG.
 * @returns the paths written, the page first, and the numbers.
 * @throws LexelError when `runDir` is no run or no fold of it has finished; FormatError when a file is damaged.
 * @example const { summary } = writeReport('runs/poster'); console.log(summaryText(summary));
 */
export function writeReport(
  runDir: string,
  options: ReportOptions = {},
): { files: string[]; summary: Summary } {
  const data = loadRun(runDir);
  const summary = summarise(data, { deals: options.deals });
  const curves = classCurves(data);
  const figures = {
    figure2: figure2(summary, curves),
    figure2Relative: figure2(summary, curves, 'relative'),
    figure3: figure3(summary),
    classes: classChart(summary),
  };
  const out = options.out ?? join(runDir, 'report');
  const files: string[] = [];
  const write = (name: string, content: string | Uint8Array) => {
    const file = join(out, name);
    writeFileAtomic(file, [content]);
    files.push(file);
  };
  write('report.html', reportHtml(summary, figures));
  write('classes.csv', classesCsv(summary.classes));
  write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
  const drawings = {
    'figure-2': figures.figure2,
    'figure-2-relative': figures.figure2Relative,
    'figure-3': figures.figure3,
    classes: figures.classes,
  };
  for (const [name, svg] of Object.entries(drawings)) {
    write(`${name}.svg`, svg);
    write(`${name}.png`, svgToPng(svg));
  }
  return { files, summary };
}
