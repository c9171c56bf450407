/**
 * The report page of a run: a single HTML file without external resources, so it can be mailed and archived. The first
 * screen gives the result in plain words and with images. The measures with their values without transfer follow, then
 * the poster's numbers and what explains them. Sections that most readers skip are folded.
 */

import type { Summary } from '../statistics/summary.js';
import { epochsText } from '../train/index.js';
import { counted } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';
import { chaptersOf } from './chapters.js';
import { figure, page } from './parts.js';
import { plainSentence } from './plain-sentence.js';
import { protocolInWords } from './poster.js';
import type { ReportFigures } from './run-figures.js';
import { chaptersHtml, contents } from './sections.js';

/**
 * The whole page.
 * @param images HTML of the held-out images
 */
export function reportHtml(summary: Summary, figures: ReportFigures, images: string): string {
  const title = reportTitle(summary);
  const chapters = chaptersOf(summary, figures);
  return page(
    title,
    `<header><h1>${text(title)}</h1>
<p class="lead">${text(reportLead(summary))}</p></header>
<main>
<p class="plain">${text(plainSentence(summary))}</p>
${figures.rankScale ? figure(figures.rankScale, 'rank-scale') : ''}
${images}
${summary.notes.map((note) => `<p class="note">${text(note)}</p>`).join('\n')}
${contents(chapters)}
${chaptersHtml(chapters)}
</main>`,
  );
}

/** The network, the images and the protocol. */
export const reportTitle = ({ run }: Summary): string =>
  `${run.config.net} on ${run.dataset.name}: ${protocolInWords(run.protocol)}`;

/** Size and settings of the run in one line. */
export function reportLead({ run, folds, change }: Summary): string {
  return [
    `${folds.finished} of ${counted(folds.total, 'fold')}`,
    counted(change.initial.count, 'held-out class', 'held-out classes'),
    epochsText(run.config),
    `word vectors ${run.words.source} (${run.words.dimension} dimensions)`,
    `recipe ${run.recipe}`,
    ...(run.control ? [`control ${run.control}`] : []),
    `seed ${run.seed}.`,
  ].join(', ');
}
