/**
 * Parses arithmetic as a user types it: "king - man + woman". A word may contain a hyphen ("t-shirt"), so a minus
 * sign needs a space before it unless it is at the start; a plus sign always separates words. Quoted words may contain
 * any character: `"red circle" + "c++"`. If the grammar allows images, `img:boy.png` or `img:"my boy.png"` is an image.
 */
import { UsageError } from '../util/errors.js';

export interface Term {
  readonly sign: 1 | -1;
  /** The word or phrase; for an image, its file name. */
  readonly word: string;
  /** Offset of the term in the expression. */
  readonly at: number;
  /** Whether the term was written with `img:`. */
  readonly image: boolean;
}

export interface Grammar {
  /** Whether `img:` starts the file name of an image. Default: false, it is part of a word. */
  readonly images?: boolean;
  /** Whether adjacent words form a phrase, joined by single spaces. Default: false, they are a syntax error. */
  readonly phrases?: boolean;
}

/** Hyphen-minus, the minus sign (U+2212) and the en dash (U+2013), which occur in printed texts. */
const MINUS = /[-\u2212\u2013]/;
const IMAGE = 'img:';

/** A longer expression is a mistake, such as the content of a file. */
const MOST_CHARACTERS = 20_000;

/** Error messages show this many characters before the fault, and after it. */
const SHOWN = 60;

/**
 * Splits an expression into signed terms.
 *
 * @throws UsageError that shows the expression with a caret under the position of the error, or that says that it is too long.
 */
export function parseExpression(expression: string, grammar: Grammar = {}): Term[] {
  const terms: Term[] = [];
  const n = expression.length;
  if (n > MOST_CHARACTERS) {
    throw new UsageError(
      `the expression has ${n} characters; it may have at most ${MOST_CHARACTERS}`,
      'Ask for fewer words or images at once.',
    );
  }
  let p = skipBlanks(expression, 0);
  if (p === n) throw new UsageError('the expression is empty', 'Try "king - man + woman".');
  for (let first = true; p < n; first = false) {
    let sign: 1 | -1 = 1;
    const operator = expression[p] === '+' || MINUS.test(expression[p]);
    if (operator) {
      sign = expression[p] === '+' ? 1 : -1;
      p = skipBlanks(expression, p + 1);
    } else if (!first) {
      const last = terms[terms.length - 1];
      const plain = !last.image && !isQuote(expression[last.at]);
      if (grammar.phrases && plain && !isQuote(expression[p]) && !isImage(expression, p, grammar)) {
        const { word, end } = bareWord(expression, p);
        terms[terms.length - 1] = { ...last, word: `${last.word} ${word}` };
        p = skipBlanks(expression, end);
        continue;
      }
      throw faultAt(
        expression,
        p,
        '+ or - is missing before this word',
        'Quote a phrase of several words: "red circle".',
      );
    }
    if (p === n) throw faultAt(expression, n, 'a word is missing at the end');
    const at = p;
    const image = isImage(expression, p, grammar);
    if (image) {
      p += IMAGE.length;
      if (p === n || /[\s+]/.test(expression[p]))
        throw faultAt(expression, p, `an image's file name is missing after ${IMAGE}`);
    } else if (expression[p] === '+' || MINUS.test(expression[p])) {
      throw faultAt(expression, p, 'a word is missing here');
    }
    const { word, end } = isQuote(expression[p]) ? quotedWord(expression, p) : bareWord(expression, p);
    terms.push({ sign, word, at, image });
    p = skipBlanks(expression, end);
  }
  return terms;
}

/** An error message that shows the expression, or what is around the fault, with a caret at offset `at`. */
export function faultAt(expression: string, at: number, problem: string, hint?: string): UsageError {
  const [from, to] = [Math.max(0, at - SHOWN), at + SHOWN];
  const before = `${from > 0 ? '…' : ''}${expression.slice(from, at)}`;
  const after = `${expression.slice(at, to)}${to < expression.length ? '…' : ''}`;
  // Tabs would misalign the caret.
  const shown = `${before}${after}`.replace(/\s/g, ' ');
  return new UsageError(`${problem}\n  ${shown}\n  ${' '.repeat(before.length)}^`, hint);
}

const isQuote = (char: string) => char === '"' || char === "'";

function isImage(text: string, at: number, grammar: Grammar): boolean {
  return grammar.images === true && text.startsWith(IMAGE, at);
}

function quotedWord(text: string, at: number): { word: string; end: number } {
  const close = text.indexOf(text[at], at + 1);
  if (close < 0) throw faultAt(text, at, 'this quote is never closed');
  if (close === at + 1) throw faultAt(text, at, 'there is no word between these quotes');
  return { word: text.slice(at + 1, close), end: close + 1 };
}

function bareWord(text: string, at: number): { word: string; end: number } {
  let end = at;
  while (end < text.length && !/[\s+"]/.test(text[end])) end++;
  return { word: text.slice(at, end), end };
}

function skipBlanks(text: string, from: number): number {
  let p = from;
  while (p < text.length && /\s/.test(text[p])) p++;
  return p;
}
