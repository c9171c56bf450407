/** The chapters of a run's report, for its page and for the studio. */

import type { Summary } from '../statistics/summary.js';
import { classTable } from './class-section.js';
import { startSection, testsSection, untrainedSection } from './evidence-sections.js';
import { glossarySection } from './glossary-section.js';
import { headlineSection, lossSection } from './headline-section.js';
import { confusionSection, wordMapSection } from './overview-sections.js';
import { figure } from './parts.js';
import { posterSection } from './poster-section.js';
import { provenanceSection } from './provenance-section.js';
import type { ReportFigures } from './run-figures.js';
import type { Chapter, Section } from './sections.js';
import { whySection } from './why-section.js';
import {
  classesPart,
  generalisedPart,
  hierarchicalPart,
  hubnessPart,
  rankTable,
} from './zero-shot-section.js';

/**
 * In the order of importance; sections without content are left out.
 * @param options.classTable `false` leaves out the table of held-out classes, for a page that has its own
 */
export function chaptersOf(
  summary: Summary,
  figures: ReportFigures,
  options: { readonly classTable?: boolean } = {},
): Chapter[] {
  const { improved, count } = summary.change.initial;
  const plural = summary.intervals.by === 'class' ? 'classes' : 'superclasses';
  const chapters: Chapter[] = [
    {
      id: 'result',
      title: 'The result',
      sections: [
        {
          ...{ id: 'headline', title: 'Does it know words it has never seen an image of?', open: true },
          plain:
            'Each number stands next to what it would be without any transfer: the further apart, the more the network knows about words whose images it has never seen.',
          content: headlineSection(summary),
        },
        {
          ...{ id: 'map', title: 'Where images of unseen classes lie among the words' },
          plain:
            'A short line means that the images of a class were placed near its word; a long one, that they were placed elsewhere.',
          ...{ open: 'svg' in figures.wordMap, content: wordMapSection(figures.wordMap) },
        },
        {
          ...{ id: 'confusion', title: 'What images of unseen classes are taken for' },
          plain:
            'The darker the diagonal, the more images were taken for the right kind of thing, if not for the right word.',
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
          plain: "The poster's numbers, this run's, and those of an answer that never looks at the image.",
          content: posterSection(summary),
        },
        {
          ...{ id: 'loss', title: 'What the loss alone says, and cannot say' },
          plain:
            'A falling loss does not show transfer by itself: always answering the average word lowers it too.',
          content: lossSection(summary),
        },
        {
          ...{ id: 'figure-2', title: 'Figure 2: held-out loss against epoch' },
          plain:
            'How the loss of the classes that were left out changes while the network trains on all others.',
          content: figure(figures.figure2, 'figure-2') + figure(figures.figure2Relative, 'figure-2-relative'),
        },
        {
          ...{ id: 'figure-3', title: 'Figure 3: relative change of the held-out classes' },
          plain: `The loss fell for ${improved} of ${count} held-out classes; each bar counts the classes with a similar change.`,
          content: figure(figures.figure3, 'figure-3'),
        },
      ],
    },
    {
      id: 'certainty',
      title: 'How certain it is',
      sections: [
        {
          id: 'tests',
          title: `Tests over ${plural}`,
          plain: `Whether the differences could be accidents of which ${plural} were held out.`,
          content: testsSection(summary),
        },
        {
          id: 'untrained',
          title: 'Controls without training',
          plain: 'What fixed answers reach without any training; a network has to do better.',
          content: untrainedSection(summary),
        },
        {
          id: 'start',
          title: 'What the start alone gives',
          plain: 'The worse the start, the greater the improvement looks, even without training.',
          content: startSection(figures.start),
        },
      ],
    },
    {
      id: 'classes',
      title: 'Class by class',
      sections: [
        {
          ...{ id: 'class-table', title: 'Every held-out class' },
          plain: 'One line for every held-out class, with all its numbers.',
          content:
            (options.classTable === false ? '' : classTable(summary)) + figure(figures.classes, 'classes'),
        },
        {
          id: 'zero-shot-classes',
          title: 'Zero-shot by class',
          plain: 'Where the right word stands for the images of each held-out class.',
          content: classesPart(summary),
        },
        {
          ...{ id: 'why', title: 'Why classes differ' },
          plain: 'Whether classes with close relatives in training do better, and what else goes with it.',
          content: whySection(summary, { gain: figures.whyGain, cosine: figures.whyCosine }),
        },
      ],
    },
    {
      id: 'answers',
      title: 'Which answers compete',
      sections: [
        {
          id: 'candidates',
          title: 'Zero-shot: among which answers?',
          plain: 'The longer the list of possible answers, the harder it is to find the right one.',
          content: rankTable(summary),
        },
        {
          ...{ id: 'seen-unseen', title: 'Seen and unseen classes together' },
          plain:
            'If words with and without training images compete, the network prefers those that it was trained on.',
          content: generalisedPart(summary, figures.seenUnseen),
        },
        {
          id: 'kind',
          title: 'Answers of the right kind',
          plain: 'How often wrong answers are at least of the right kind.',
          content: hierarchicalPart(summary),
        },
        {
          id: 'hubs',
          title: 'Hubs: words that are near every image',
          plain: 'Some words are near every image and are answered too often.',
          content: hubnessPart(summary),
        },
      ],
    },
    {
      id: 'reference',
      title: 'Reference',
      sections: [
        glossarySection(),
        {
          ...{ id: 'figure-1', title: 'Figure 1: the network' },
          plain: 'The network from the image to the point among the words.',
          content: figures.figure1 ? figure(figures.figure1, 'figure-1') : '',
        },
        {
          ...{ id: 'provenance', title: 'Configuration and provenance' },
          plain: 'Everything that is needed to make this run again.',
          content: provenanceSection(summary),
        },
      ],
    },
  ];
  const filled = (sections: readonly Section[]) => sections.filter(({ content }) => content !== '');
  return chapters.map((chapter) => ({ ...chapter, sections: filled(chapter.sections) }));
}
