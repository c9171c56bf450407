/** Widths of text in the fonts that ship with Lexel, to fit labels into figures and to break lines. */

import { Resvg } from '@resvg/resvg-js';
import { escapeXml } from '../util/xml.js';
import { fontOptions } from './fonts.js';

export interface TextStyle {
  /** Font size, in units of the SVG. */
  readonly size: number;
  readonly bold?: boolean;
}

/** Characters that the fonts lack. They are measured as a wide letter. */
const FOREIGN = /[^\u0020-\u024f\u0370-\u045f\u2010-\u203a\u2190-\u2199]/gu;
const WIDE = 'W';
/** Text is measured at this size; its ink is up to a tenth of a letter narrower than its advance. */
const MEASURED = 100;
const SIDES = 8;

const widths = new Map<string, number>();

/** The width of one line of text, in the same units as the font size. */
export function textWidth(text: string, { size, bold = false }: TextStyle): number {
  if (text === '') return 0;
  const key = `${bold ? 'b' : 'r'}${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    width = measured(text.replace(FOREIGN, WIDE), bold);
    widths.set(key, width);
  }
  return (width * size) / MEASURED;
}

function measured(text: string, bold: boolean): number {
  const font = `font-family="DejaVu Sans" font-size="${MEASURED}" font-weight="${bold ? 'bold' : 'normal'}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text ${font}>${escapeXml(text)}</text></svg>`;
  const box = new Resvg(svg, {
    font: fontOptions('own'),
  }).getBBox();
  // Without the font files, or for blanks only, nothing is drawn.
  return (box?.width ?? 0.65 * MEASURED * text.length) + SIDES;
}

/** The text, shortened to end in "…" if it is wider than `width`. */
export function fitted(text: string, width: number, style: TextStyle): string {
  if (textWidth(text, style) <= width) return text;
  const letters = [...text];
  let [low, high] = [0, letters.length - 1];
  const cut = (length: number) => `${letters.slice(0, length).join('').trimEnd()}…`;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(cut(middle), style) <= width) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

/** Breaks text at blanks into lines of at most `width`; a single word that is wider gets its own line. */
export function wrapped(text: string, width: number, style: TextStyle): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, style) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
