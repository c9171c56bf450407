/** The contact sheet of a run's held-out images. */

import { type ContactSheet, contactSheet, type SheetTile } from '../figures/contact-sheet.js';
import { words as spaced } from '../util/format.js';
import type { HeldOutImage, HeldOutImages, ShownAnswer } from './held-out-images.js';

export interface HeldOutSheetText {
  readonly title: string;
  /** Sentences before those about the words and the choice of images. */
  readonly captions?: readonly string[];
  readonly legend?: ContactSheet['legend'];
  readonly columns?: ContactSheet['columns'];
}

/**
 * Draws held-out images with the nearest words among those that their fold holds out. If some fold holds out one class
 * only, the candidates are all labels, and a star marks those without training images.
 * @returns the SVG as text
 */
export function heldOutSheet(
  found: HeldOutImages,
  { title, captions = [], legend, columns }: HeldOutSheetText,
): string {
  const { images, rule } = found;
  const among = images.every(({ amongHeldOut }) => amongHeldOut) ? 'heldOut' : 'all';
  const answers = images.map((image) => answerOf(image, among));
  return contactSheet({
    title,
    captions: [...captions, candidatesText(answers, among), rule],
    legend,
    columns,
    tiles: images.map((image) => tileOf(image, among)),
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

/**
 * An image with the nearest words: of all labels, where a star marks those without training images, or of those that its
 * fold holds out.
 */
function tileOf(image: HeldOutImage, among: 'heldOut' | 'all'): SheetTile {
  const { words, rank, candidates } = answerOf(image, among);
  const shown = words.some(({ mark }) => mark === 'right');
  return {
    image: image.png,
    title: spaced(image.label),
    words: words.map(({ label: word, mark, heldOut }) => ({
      text: spaced(word),
      mark,
      unseen: among === 'all' && heldOut,
    })),
    ...(!shown && { note: `right word: rank ${rank} of ${candidates}` }),
  };
}

const answerOf = ({ amongHeldOut, amongAll }: HeldOutImage, among: 'heldOut' | 'all'): ShownAnswer =>
  among === 'heldOut' && amongHeldOut ? amongHeldOut : amongAll;
