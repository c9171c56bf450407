/**
 * Finds the characters of a drawing that no font has: resvg leaves them out and does not report them. Each is drawn by
 * itself, so the fonts and the choice among them are those of the drawing.
 */
import { Resvg } from '@resvg/resvg-js';
import { FIGURE_FONT } from '../util/figure-style.js';
import { counted } from '../util/format.js';
import { escapeXml } from '../util/xml.js';
import { type Fonts, fontOptions } from './fonts.js';

/** Names of elements and the texts that are not drawn. */
const NOT_DRAWN = /<(title|desc|style)\b[^>]*>[\s\S]*?<\/\1>|<[^>]*>|&[a-z]+;/g;
const REFERENCE = /&#(x?)([0-9a-f]+);/gi;
/** Characters that have a shape, unlike spaces, controls, joiners and the empty Braille cell. */
const WITH_SHAPE = /[^\s\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** The characters of an SVG's text that none of the fonts has, each once, in their order. */
export function missingCharacters(svg: string, fonts: Fonts): string[] {
  const text = svg
    .replace(NOT_DRAWN, '')
    .replace(REFERENCE, (_, hex: string, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, hex ? 16 : 10)),
    );
  // A letter with its accent is drawn as one character where a font has it.
  const characters = [...new Set(text.normalize('NFC').match(WITH_SHAPE))];
  if (characters.length === 0) return [];
  const texts = characters.map((character, i) => `<text id="c${i}">${escapeXml(character)}</text>`);
  const drawn = new Resvg(
    `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" font-family="${FIGURE_FONT}">${texts.join('')}</svg>`,
    { font: fontOptions(fonts) },
  ).toString();
  const shapes = new Set(Array.from(drawn.matchAll(/ id="c(\d+)"/g), ([, index]) => Number(index)));
  return characters.filter((_, i) => !shapes.has(i));
}

/** Characters that a message names; the others are counted. */
const NAMED = 8;

/**
 * The warning for characters that a PNG lacks.
 * @param characters from `onMissing` of `svgToPng`
 * @example svgToPng(svg, 2, { onMissing: (characters) => console.warn(missingText(characters)) });
 */
export function missingText(characters: readonly string[]): string {
  const named = characters.slice(0, NAMED).map((character) => {
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    return `${character} (U+${code})`;
  });
  const others = characters.length - named.length;
  if (others > 0) named.push(counted(others, 'other'));
  const last = named.pop();
  const list = named.length > 0 ? `${named.join(', ')} and ${last}` : last;
  return `no font of this machine has ${list}, so the picture lacks ${characters.length > 1 ? 'them' : 'it'}. Install a font that has ${characters.length > 1 ? 'them' : 'it'}, or use SVG.`;
}
