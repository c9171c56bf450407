/**
 * How text for people is laid out: the width it must fit, and the styles of its parts.
 *
 * Styles are marked by noncharacters of Unicode, which `visible` escapes in names. So a name cannot carry a style, and
 * the text can still be escaped, aligned and wrapped. {@link painted} replaces the marks at the very end.
 */

import { styleText } from 'node:util';

/** A style never carries information alone: the words say the same. */
export type StyleName = keyof typeof STYLES;

const STYLES = {
  /** Headings. */
  strong: 'bold',
  /** What matters less. */
  faint: 'dim',
  /** Classes and words that training has not shown. */
  unseen: 'magenta',
  /** The best value, and what went well. */
  good: 'green',
  warning: 'yellow',
  /** Errors, and what went wrong. */
  bad: 'red',
} as const;

const NAMES = Object.keys(STYLES) as StyleName[];
const FIRST = 0xfdd0;
const END = '\ufdef';

/** The marks of styles, and all other noncharacters of their block. */
export const MARKS = /[\ufdd0-\ufdef]/g;

export interface Look {
  /** Columns that a line may have; infinite in a pipe or a file. */
  readonly width: number;
  /** Marks a part of a line. The part contains no other mark and no line end. */
  readonly style: (name: StyleName, text: string) => string;
}

/** For pipes, files and programs: no limit, no styles. */
export const PLAIN: Look = { width: Number.POSITIVE_INFINITY, style: (_, text) => text };

/** A look whose marks are for {@link painted}. */
export function styledLook(width: number): Look {
  return {
    width,
    style: (name, text) => `${String.fromCharCode(FIRST + NAMES.indexOf(name))}${text}${END}`,
  };
}

/** Replaces the marks: by the terminal's codes, or by nothing. */
export function painted(text: string, colour: boolean): string {
  const parts = colour ? text.replace(/([\ufdd0-\ufdee])([^\ufdd0-\ufdef]*)\ufdef/g, paint) : text;
  return parts.replace(MARKS, '');
}

function paint(whole: string, mark: string, text: string): string {
  const name = NAMES[mark.charCodeAt(0) - FIRST];
  return name ? styleText(STYLES[name], text, { validateStream: false }) : whole;
}

/** Columns that a text takes on a terminal: marks and combining characters take none, wide characters two. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/[\ufdd0-\ufdef\p{Mn}\p{Me}\p{Cf}]/u.test(character)) continue;
    columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}

/** East Asian wide and fullwidth characters, and pictographs that are shown as such. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
