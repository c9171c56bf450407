/**
 * A contact sheet: images in rows, each with its title and the words nearest to it. Right, near and wrong words differ
 * in colour and symbol. Symbols are drawn as paths, because the fonts lack them.
 */

import { COLOURS, FIGURE_FONT } from '../util/figure-style.js';
import { escapeXml } from '../util/xml.js';
import { fitted, type TextStyle, textWidth, wrapped } from './text-width.js';

/** `right`: the true word. `near`: another word of its superclass. */
export type Mark = 'right' | 'near' | 'wrong';

export interface SheetWord {
  readonly text: string;
  /** Absent if the true word is unknown. */
  readonly mark?: Mark;
  /** Draws a star: the network was trained without images of this word. */
  readonly unseen?: boolean;
  /** A number at the right edge, such as a cosine. */
  readonly value?: string;
}

export interface SheetTile {
  /** The bytes of a PNG file, square. */
  readonly image: Uint8Array;
  readonly title: string;
  /** The nearest words, nearest first. */
  readonly words: readonly SheetWord[];
  /** A line under the words. */
  readonly note?: string;
  /** Marks the words as doubtful, because the image is unlike the training images. */
  readonly unsure?: boolean;
}

export interface ContactSheet {
  readonly title: string;
  /** Sentences under the title; long ones are broken into lines. */
  readonly captions: readonly string[];
  readonly tiles: readonly SheetTile[];
  /** Images in a row; default as many as make the sheet somewhat wider than high. */
  readonly columns?: number;
  /** What the marks and the star mean; default {@link LEGEND}. Only those that occur are explained. */
  readonly legend?: Partial<typeof LEGEND>;
}

const MARKS: Readonly<
  Record<Mark, { readonly colour: string; readonly path: string; readonly bold: boolean }>
> = {
  right: { colour: COLOURS.right, path: 'M1 5.5l3 3.5 5-8', bold: true },
  near: {
    colour: COLOURS.near,
    path: 'M0.5 4.2q2.2-2.6 4.5-0.6t4.5-0.6M0.5 7.6q2.2-2.6 4.5-0.6t4.5-0.6',
    bold: false,
  },
  wrong: { colour: COLOURS.faint, path: 'M1.5 1.5l7 7m0-7l-7 7', bold: false },
};

/** Stands above doubtful words, with a question mark. */
const UNSURE = {
  text: 'not sure',
  colour: COLOURS.worse,
  path: 'M2.2 2.8q0.3-2.3 2.8-2.3t2.8 2.3q0 1.5-1.6 2.3q-1.2 0.6-1.2 1.9m0 2.4v0.1',
};

const LEGEND = {
  right: 'the right word',
  near: 'another word of the same group',
  wrong: 'a wrong word',
  unseen: 'a word without any image in training',
  unsure: 'the image is unlike anything the network was trained on',
};

const MARGIN = 20;
const IMAGE = 112;
const GAP = 22;
/** Widest tile; longer text is shortened. */
const WIDEST = 230;
/** Narrowest sheet, so that captions have room. */
const NARROWEST = 560;
const WORD_LINE = 18;
const SYMBOL = 16;
const STAR = 18;
const FRAME = 3;

const HEADING: TextStyle = { size: 18, bold: true };
const CAPTION: TextStyle = { size: 12.5 };
const TITLE: TextStyle = { size: 13, bold: true };
const VALUE: TextStyle = { size: 11 };
const wordStyle = (mark: Mark | undefined): TextStyle => ({ size: 12.5, bold: mark && MARKS[mark].bold });

/**
 * Draws a contact sheet.
 * @returns the SVG as text, with the images inside; {@link svgToPng} renders it
 */
export function contactSheet({ title, captions, tiles, legend, columns: given }: ContactSheet): string {
  const tile = tileSize(tiles);
  const columns = given ?? columnCount(tiles.length, tile);
  const inner = Math.max(columns * (tile.width + GAP) - GAP, NARROWEST - 2 * MARGIN);
  const width = inner + 2 * MARGIN;
  const heading = wrapped(title, inner, HEADING);
  const sentences = captions.flatMap((sentence) => wrapped(sentence, inner, CAPTION));
  let y = MARGIN;
  const parts: string[] = [];
  for (const line of heading) {
    y += 24;
    parts.push(textAt(MARGIN, y - 6, line, HEADING, COLOURS.ink));
  }
  for (const line of sentences) {
    y += 18;
    parts.push(textAt(MARGIN, y - 4, line, CAPTION, COLOURS.faint));
  }
  y += 16;
  for (const [i, one] of tiles.entries()) {
    const x = MARGIN + (i % columns) * (tile.width + GAP);
    parts.push(tileAt(x, y + Math.floor(i / columns) * (tile.height + GAP), one, tile.width));
  }
  y += Math.ceil(tiles.length / columns) * (tile.height + GAP);
  const explained = legendAt(MARGIN, y, inner, tiles, { ...LEGEND, ...legend });
  parts.push(...explained.parts);
  const height = explained.bottom + MARGIN;
  const description = `${title}. ${captions.join(' ')}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${number(width)}" height="${number(height)}" viewBox="0 0 ${number(width)} ${number(height)}" role="img" font-family="${FIGURE_FONT}">`,
    `<title>${escapeXml(title)}</title><desc>${escapeXml(description)}</desc>`,
    `<rect width="100%" height="100%" fill="${COLOURS.page}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** All tiles have the size that the largest needs, up to {@link WIDEST}. */
function tileSize(tiles: readonly SheetTile[]): Size {
  let width = IMAGE + 2 * FRAME;
  let lines = 0;
  for (const { title, words, note, unsure } of tiles) {
    lines = Math.max(lines, words.length + (note === undefined ? 0 : 1) + (unsure ? 1 : 0));
    width = Math.max(width, textWidth(title, TITLE), textWidth(note ?? '', VALUE));
    for (const word of words)
      width = Math.max(width, before(word) + textWidth(word.text, wordStyle(word.mark)) + after(word));
  }
  return { width: Math.min(WIDEST, Math.ceil(width)), height: IMAGE + 2 * FRAME + 22 + lines * WORD_LINE };
}

/** Room of the symbol, and of the star and the number. */
const before = ({ mark }: SheetWord) => (mark ? SYMBOL : 0);
const after = ({ unseen, value }: SheetWord) =>
  (unseen ? STAR : 0) + (value === undefined ? 0 : textWidth(value, VALUE) + 8);

/** As many columns as make the sheet about 1.4 times as wide as high, with a last row that is as full as possible. */
function columnCount(count: number, { width, height }: Size): number {
  const wanted = Math.max(1, Math.round(Math.sqrt((1.4 * count * height) / width)));
  const rows = Math.max(1, Math.ceil(count / wanted));
  return Math.max(1, Math.ceil(count / rows));
}

function tileAt(x: number, y: number, tile: SheetTile, width: number): string {
  const { image, title, words, note, unsure } = tile;
  const [first] = words;
  const colour = unsure ? UNSURE.colour : first?.mark ? MARKS[first.mark].colour : COLOURS.rule;
  const dashes = unsure ? ' stroke-dasharray="6 5"' : '';
  const outer = IMAGE + 2 * FRAME;
  const data = `data:image/png;base64,${Buffer.from(image).toString('base64')}`;
  const parts = [
    `<rect x="${number(x + FRAME / 2)}" y="${number(y + FRAME / 2)}" width="${outer - FRAME}" height="${outer - FRAME}" rx="3" fill="none" stroke="${colour}" stroke-width="${FRAME}"${dashes}/>`,
    `<image x="${number(x + FRAME)}" y="${number(y + FRAME)}" width="${IMAGE}" height="${IMAGE}" href="${data}"/>`,
    textAt(x, y + outer + 16, fitted(title, width, TITLE), TITLE, COLOURS.ink),
  ];
  let line = y + outer + 22;
  if (unsure) {
    line += WORD_LINE;
    parts.push(symbolAt(x, line - 14.5, UNSURE));
    parts.push(textAt(x + SYMBOL, line - 5, UNSURE.text, { size: 12.5, bold: true }, UNSURE.colour));
  }
  for (const word of words) {
    line += WORD_LINE;
    parts.push(wordAt(x, line - 5, word, width));
  }
  if (note !== undefined)
    parts.push(textAt(x, line + WORD_LINE - 5, fitted(note, width, VALUE), VALUE, COLOURS.faint));
  return `<g><title>${escapeXml(title)}</title>${parts.join('')}</g>`;
}

function wordAt(x: number, y: number, word: SheetWord, width: number): string {
  const { text, mark, unseen, value } = word;
  const style = wordStyle(mark);
  const colour = mark ? MARKS[mark].colour : COLOURS.ink;
  const shown = fitted(text, width - before(word) - after(word), style);
  const start = x + before(word);
  const parts = [textAt(start, y, shown, style, colour)];
  if (mark) parts.push(symbolAt(x, y - 9.5, MARKS[mark]));
  if (unseen) parts.push(starAt(start + textWidth(shown, style) + 9, y - 4.5, colour));
  if (value !== undefined) parts.push(textAt(x + width, y, value, VALUE, COLOURS.faint, 'end'));
  return parts.join('');
}

function symbolAt(x: number, y: number, { colour, path }: { colour: string; path: string }): string {
  const stroke = `fill="none" stroke="${colour}" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"`;
  return `<path transform="translate(${number(x)} ${number(y)})" d="${path}" ${stroke}/>`;
}

/** A star with five points around its centre. */
function starAt(x: number, y: number, colour: string): string {
  const points = Array.from({ length: 10 }, (_, i) => {
    const radius = i % 2 === 0 ? 5 : 2.1;
    const angle = (i * Math.PI) / 5 - Math.PI / 2;
    return `${number(x + radius * Math.cos(angle))},${number(y + radius * Math.sin(angle))}`;
  });
  return `<polygon points="${points.join(' ')}" fill="${colour}"/>`;
}

/** The legend, in as many lines as it needs. */
function legendAt(
  x: number,
  y: number,
  width: number,
  tiles: readonly SheetTile[],
  texts: typeof LEGEND,
): { readonly parts: string[]; readonly bottom: number } {
  const words = tiles.flatMap((tile) => tile.words);
  const parts: string[] = [];
  let [left, baseline] = [x, y + 8];
  const add = (text: string, colour: string, symbol: (at: number) => string) => {
    const needed = SYMBOL + textWidth(text, CAPTION) + 18;
    if (left > x && left + needed > x + width) {
      left = x;
      baseline += 20;
    }
    parts.push(symbol(left), textAt(left + SYMBOL, baseline, text, CAPTION, colour));
    left += needed;
  };
  for (const mark of Object.keys(MARKS) as Mark[]) {
    if (words.some((word) => word.mark === mark))
      add(texts[mark], MARKS[mark].colour, (at) => symbolAt(at, baseline - 9.5, MARKS[mark]));
  }
  if (tiles.some(({ unsure }) => unsure))
    add(texts.unsure, UNSURE.colour, (at) => symbolAt(at, baseline - 9.5, UNSURE));
  if (words.some(({ unseen }) => unseen))
    add(texts.unseen, COLOURS.ink, (at) => starAt(at + 5, baseline - 4.5, COLOURS.ink));
  return { parts, bottom: parts.length > 0 ? baseline : y - GAP };
}

function textAt(
  x: number,
  y: number,
  text: string,
  { size, bold }: TextStyle,
  colour: string,
  anchor = 'start',
): string {
  const weight = bold ? ' font-weight="bold"' : '';
  const end = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${number(x)}" y="${number(y)}" font-size="${size}"${weight}${end} fill="${colour}">${escapeXml(text)}</text>`;
}

/** To a hundredth of a unit, which is not visible. */
const number = (value: number) => String(Math.round(value * 100) / 100);
