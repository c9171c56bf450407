/**
 * The report page of a run: a single HTML file without external resources, so it can be mailed and archived. The first
 * screen gives the result in plain words and with images. The measures with their values without transfer follow, then
 * the poster's numbers and what explains them. Sections that most readers skip are folded.
 */

import type { Summary } from '../statistics/summary.js';
import { counted } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';
import { classTable } from './class-section.js';
import { startSection, testsSection, untrainedSection } from './evidence-sections.js';
import { glossarySection } from './glossary-section.js';
import { headlineSection, lossSection } from './headline-section.js';
import { confusionSection, type Overview, wordMapSection } from './overview-sections.js';
import { figure, page } from './parts.js';
import { plainSentence } from './plain-sentence.js';
import { protocolInWords } from './poster.js';
import { posterSection } from './poster-section.js';
import { provenanceSection } from './provenance-section.js';
import { type Chapter, chaptersHtml, contents, type Section } from './sections.js';
import { whySection } from './why-section.js';
import {
  classesPart,
  generalisedPart,
  hierarchicalPart,
  hubnessPart,
  rankTable,
} from './zero-shot-section.js';

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

/**
 * The whole page.
 * @param images HTML of the held-out images
 */
export function reportHtml(summary: Summary, figures: ReportFigures, images: string): string {
  const { run, folds, change: own, notes } = summary;
  const title = `${run.config.net} on ${run.dataset.name}: ${protocolInWords(run.protocol)}`;
  const chapters = chaptersOf(summary, figures);
  return page(
    title,
    `<header><h1>${text(title)}</h1>
<p class="lead">${folds.finished} of ${counted(folds.total, 'fold')}, ${counted(own.initial.count, 'held-out class', 'held-out classes')}, ${counted(run.config.epochs, 'epoch')}, word vectors
${text(run.words.source)} (${run.words.dimension} dimensions), recipe ${text(run.recipe)}, ${run.control ? `<b>control ${text(run.control)}</b>, ` : ''}seed ${run.seed}.</p></header>
<main>
<p class="plain">${text(plainSentence(summary))}</p>
${figures.rankScale ? figure(figures.rankScale) : ''}
${images}
${notes.map((note) => `<p class="note">${text(note)}</p>`).join('\n')}
${contents(chapters)}
${chaptersHtml(chapters)}
</main>`,
  );
}

/** In the order of importance; sections without content are left out. */
function chaptersOf(summary: Summary, figures: ReportFigures): Chapter[] {
  const plural = summary.intervals.by === 'class' ? 'classes' : 'superclasses';
  const chapters: Chapter[] = [
    {
      id: 'result',
      title: 'The result',
      sections: [
        {
          ...{ id: 'headline', title: 'Does it know words it has never seen an image of?', open: true },
          content: headlineSection(summary),
        },
        {
          ...{ id: 'map', title: 'Where images of unseen classes lie among the words' },
          ...{ open: 'svg' in figures.wordMap, content: wordMapSection(figures.wordMap) },
        },
        {
          ...{ id: 'confusion', title: 'What images of unseen classes are taken for' },
          ...{ open: 'svg' in figures.confusion, content: confusionSection(figures.confusion) },
        },
      ],
    },
    {
      id: 'poster',
      title: "The poster's experiment",
      sections: [
        {
          ...{ id: 'poster-table', title: 'Poster and this run', open: true },
          content: posterSection(summary),
        },
        {
          ...{ id: 'loss', title: 'What the loss alone says, and cannot say' },
          content: lossSection(summary),
        },
        {
          ...{ id: 'figure-2', title: 'Figure 2: held-out loss against epoch' },
          content: figure(figures.figure2) + figure(figures.figure2Relative),
        },
        {
          ...{ id: 'figure-3', title: 'Figure 3: relative change of the held-out classes' },
          content: figure(figures.figure3),
        },
      ],
    },
    {
      id: 'certainty',
      title: 'How certain it is',
      sections: [
        { id: 'tests', title: `Tests over ${plural}`, content: testsSection(summary) },
        { id: 'untrained', title: 'Controls without training', content: untrainedSection(summary) },
        { id: 'start', title: 'What the start alone gives', content: startSection(figures.start) },
      ],
    },
    {
      id: 'classes',
      title: 'Class by class',
      sections: [
        {
          ...{ id: 'class-table', title: 'Every held-out class' },
          content: classTable(summary) + figure(figures.classes),
        },
        { id: 'zero-shot-classes', title: 'Zero-shot by class', content: classesPart(summary) },
        {
          ...{ id: 'why', title: 'Why classes differ' },
          content: whySection(summary, { gain: figures.whyGain, cosine: figures.whyCosine }),
        },
      ],
    },
    {
      id: 'answers',
      title: 'Which answers compete',
      sections: [
        { id: 'candidates', title: 'Zero-shot: among which answers?', content: rankTable(summary) },
        {
          ...{ id: 'seen-unseen', title: 'Seen and unseen classes together' },
          content: generalisedPart(summary, figures.seenUnseen),
        },
        { id: 'kind', title: 'Answers of the right kind', content: hierarchicalPart(summary) },
        { id: 'hubs', title: 'Hubs: words that are near every image', content: hubnessPart(summary) },
      ],
    },
    {
      id: 'reference',
      title: 'Reference',
      sections: [
        glossarySection(),
        {
          ...{ id: 'figure-1', title: 'Figure 1: the network' },
          content: figures.figure1 ? figure(figures.figure1) : '',
        },
        {
          ...{ id: 'provenance', title: 'Configuration and provenance' },
          content: provenanceSection(summary),
        },
      ],
    },
  ];
  const filled = (sections: readonly Section[]) => sections.filter(({ content }) => content !== '');
  return chapters.map((chapter) => ({ ...chapter, sections: filled(chapter.sections) }));
}
