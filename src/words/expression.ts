/**
 * Arithmetic as a user types it: "king - man + woman". A word may hold a hyphen ("t-shirt"), so a minus needs
 * a space before it or stands at the start; a plus always separates. Quotes hold a word together whatever is in
 * it: `"red circle" + "c++"`. Where images may stand, `img:boy.png` or `img:"my boy.png"` is one.
 */
import { LexelError } from '../util/errors.js';

export interface Term {
  readonly sign: 1 | -1;
  /** The word or phrase; of an image, its file. */
  readonly word: string;
  /** Offset of the term in the expression. */
  readonly at: number;
  /** It was written as `img:`. */
  readonly image: boolean;
}

export interface Grammar {
  /** `img:` begins an image's file name. Default no: it is part of a word. */
  readonly images?: boolean;
  /** Words side by side are one phrase, joined by single spaces. Default no: they are a fault. */
  readonly phrases?: boolean;
}

/** Hyphen-minus, and the minus and dash that texts and papers print. */
const MINUS = /[-\u2212\u2013]/;
const IMAGE = 'img:';

/**
 * Splits an expression into signed terms.
 *
 * @throws LexelError that shows the expression with a caret under the fault.
 */
export function parseExpression(expression: string, grammar: Grammar = {}): Term[] {
  const terms: Term[] = [];
  const n = expression.length;
  let p = skipBlanks(expression, 0);
  if (p === n) throw new LexelError('the expression is empty', 'Try "king - man + woman".');
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
        'Quote words that belong together: "red circle".',
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

/** An error that shows where in the expression it happened. */
export function faultAt(expression: string, at: number, problem: string, hint?: string): LexelError {
  // A tab would move the caret.
  const shown = expression.replace(/\s/g, ' ');
  return new LexelError(`${problem}\n  ${shown}\n  ${' '.repeat(at)}^`, hint);
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
