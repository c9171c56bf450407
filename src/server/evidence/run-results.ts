/** The results of a run as the studio shows them: the chapters and figures of the report's code, and the classes as data. */

import { chaptersOf } from '../../report/chapters.js';
import { heldOutImages } from '../../report/held-out-images.js';
import { reportLead, reportTitle } from '../../report/html.js';
import { imageCards } from '../../report/image-cards.js';
import { figure } from '../../report/parts.js';
import { plainSentence } from '../../report/plain-sentence.js';
import { figureFiles, runFigures } from '../../report/run-figures.js';
import { type RunData, supportedReadings } from '../../statistics/load.js';
import type { Summary } from '../../statistics/summary.js';
import type { Results } from '../messages/results.js';
import type { HeadlineNumber } from '../messages/runs.js';
import { openImages } from '../opened.js';
import { CLASS_COLUMNS, classRows } from './class-rows.js';

export interface RunResults {
  readonly results: Results;
  /** SVG text by the name of its file, without ending. */
  readonly figures: Readonly<Record<string, string>>;
}

export interface RunResultsOptions {
  readonly headline: readonly HeadlineNumber[];
  /** `false` leaves the images out, so that the data set is not opened. */
  readonly images: boolean;
  /** The directory that is searched first for the data set. */
  readonly dataDir?: string;
}

/** @param summary of the same data, by the same reading */
export async function runResults(
  data: RunData,
  summary: Summary,
  { headline, images, dataDir }: RunResultsOptions,
): Promise<RunResults> {
  const drawn = runFigures(data, summary);
  const figures = figureFiles(drawn);
  const rows = classRows(data, summary);
  const filled = CLASS_COLUMNS.map((_, at) => rows.some(({ values }) => values[at] !== null));
  const results: Results = {
    title: reportTitle(summary),
    lead: reportLead(summary),
    plain: plainSentence(summary),
    notes: [...summary.notes],
    headline: [...headline],
    ranks: drawn.rankScale ? figure(drawn.rankScale, 'rank-scale') : '',
    images: images ? await imageCards(await heldOutImages(data, { dataDir, open: openImages })) : '',
    reading: data.reading.name,
    readings: supportedReadings(data).map((name) => ({ name, own: name === data.reading.own })),
    chapters: chaptersOf(summary, drawn, { classTable: false }).map(({ id, title, sections }) => ({
      ...{ id, title },
      sections: sections.map(({ id: own, title: name, plain, content: html }) => ({
        ...{ id: own, title: name, plain, html },
      })),
    })),
    figures: Object.keys(figures),
    columns: CLASS_COLUMNS.filter((_, at) => filled[at]).map(({ name, label, unit, better }) => ({
      ...{ name, label, unit, better },
    })),
    classes: rows.map((row) => ({ ...row, values: row.values.filter((_, at) => filled[at]) })),
  };
  return { results, figures };
}
