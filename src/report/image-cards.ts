/** Held-out images with the words nearest to the network's answers, as part of the page. */

import { shrinkPng } from '../data/index.js';
import type { Mark } from '../figures/contact-sheet.js';
import { fixed, words } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';
import type {
  HeldOutImage,
  HeldOutImages,
  NoHeldOutImages,
  ShownAnswer,
  ShownWord,
} from './held-out-images.js';
import { classOf } from './parts.js';

const WORDS = 3;
/** Larger images are embedded with this height and width in pixels: they are shown at 96. */
const LARGEST = 96;

const MARKS: Record<Mark, { symbol: string; means: string }> = {
  right: { symbol: '✓', means: 'the right word' },
  near: { symbol: '≈', means: 'another word of its superclass' },
  wrong: { symbol: '✗', means: 'a wrong word' },
};

/** A grid of the images, the first half open; or why there are none. */
export async function imageCards(found: HeldOutImages | NoHeldOutImages): Promise<string> {
  if ('reason' in found) {
    const hint = found.hint ? ` ${text(sentence(found.hint))}` : '';
    return `<p class="note">No images are shown: ${text(found.reason)}.${hint}</p>`;
  }
  const { images, rule } = found;
  const cards = await Promise.all(images.map(card));
  // Every other one, so that both halves spread from the best class to the worst.
  const [first, rest] =
    cards.length > 12 ? [0, 1].map((half) => cards.filter((_, i) => i % 2 === half)) : [cards, []];
  const legend = (Object.keys(MARKS) as Mark[])
    .filter((mark) => mark !== 'near' || images.some(({ superclass }) => superclass !== null))
    .map((mark) => `<span class="${mark}">${MARKS[mark].symbol} ${MARKS[mark].means}</span>`)
    .join(', ');
  return `<p>Held-out images and the words nearest to the network's answer: ${legend}. Below them: the place of the right word among ${images.some(({ amongHeldOut }) => amongHeldOut) ? 'the held-out words, and among all words' : 'all words'}. ${text(rule)}</p>
<ul class="cards">${first.join('\n')}</ul>
${rest.length > 0 ? `<details><summary>${rest.length} more images</summary>\n<ul class="cards">${rest.join('\n')}</ul>\n</details>` : ''}`;
}

async function card({ png, size, label, amongAll, amongHeldOut, fold }: HeldOutImage): Promise<string> {
  const bytes = size > LARGEST ? await shrinkPng(png, LARGEST) : png;
  const name = text(words(label));
  const source = `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
  const shown = amongHeldOut ?? amongAll;
  const place = ({ rank, candidates }: ShownAnswer) =>
    `place ${fixed(rank, Number.isInteger(rank) ? 0 : 1)} of ${candidates}`;
  const all = amongHeldOut ? `<br>${place(amongAll)}` : '';
  return `<li class="card"${classOf(label)} title="fold ${text(fold)}"><img src="${source}" alt="${name}" width="96" height="96"><b>${name}</b>
<ol>${shown.words.slice(0, WORDS).map(item).join('')}</ol><small>${place(shown)}${all}</small></li>`;
}

const item = ({ label, mark }: ShownWord) =>
  `<li class="${mark}"><span aria-hidden="true">${MARKS[mark].symbol}</span> ${text(words(label))}<span class="away"> (${MARKS[mark].means})</span></li>`;

const sentence = (hint: string) =>
  hint.charAt(0).toUpperCase() + hint.slice(1) + (/[.!]$/.test(hint) ? '' : '.');
