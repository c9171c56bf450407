/** The contact sheet of a run's held-out images. */

import { type ContactSheet, contactSheet } from '../figures/contact-sheet.js';
import { words as spaced } from '../util/format.js';
import type { HeldOutImage, HeldOutImages, ShownAnswer } from './held-out-images.js';

export interface HeldOutSheetText {
  readonly title: string;
  /** Sentences before those about the words and the choice of images. */
  readonly captions?: readonly string[];
  readonly legend?: ContactSheet['legend'];
}

/**
 * Draws held-out images with the nearest words among those that their fold holds out. If some fold holds out one class
 * only, the candidates are all labels, and a star marks those without training images.
 * @returns the SVG as text
 */
export function heldOutSheet(
  found: HeldOutImages,
  { title, captions = [], legend }: HeldOutSheetText,
): string {
  const { images, rule } = found;
  const among = images.every(({ amongHeldOut }) => amongHeldOut) ? 'heldOut' : 'all';
  const answers = images.map((image) => (among === 'heldOut' ? image.amongHeldOut! : image.amongAll));
  return contactSheet({
    title,
    captions: [...captions, candidatesText(answers, among), rule],
    legend,
    tiles: images.map((image, i) => tileOf(image, answers[i], among)),
  });
}

function candidatesText(answers: readonly ShownAnswer[], among: 'heldOut' | 'all'): string {
  const counts = answers.map(({ candidates }) => candidates);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const count = fewest === most ? `${most}` : `${fewest} to ${most}`;
  return among === 'heldOut'
    ? `Under each image: its class, and the nearest of the ${count} words without any image in training.`
    : `Under each image: its class, and the nearest of all ${count} words.`;
}

function tileOf({ png, label }: HeldOutImage, answer: ShownAnswer, among: 'heldOut' | 'all') {
  const { words, rank, candidates } = answer;
  const shown = words.some(({ mark }) => mark === 'right');
  return {
    image: png,
    title: spaced(label),
    words: words.map(({ label: word, mark, heldOut }) => ({
      text: spaced(word),
      mark,
      unseen: among === 'all' && heldOut,
    })),
    ...(!shown && { note: `right word: rank ${rank} of ${candidates}` }),
  };
}
