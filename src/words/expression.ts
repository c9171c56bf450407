/**
 * Word arithmetic as a user types it: "king - man + woman". A word may hold a hyphen ("t-shirt"), so a minus needs
 * a space before it or stands at the start; a plus always separates. Quotes hold a word together whatever is in
 * it: `"red circle" + "c++"`.
 */
import { LexelError } from '../util/errors.js';

export interface Term {
  readonly sign: 1 | -1;
  readonly word: string;
  /** Offset of the word in the expression. */
  readonly at: number;
}

/** Hyphen-minus, and the minus and dash that texts and papers print. */
const MINUS = /[-\u2212\u2013]/;

/**
 * Splits an expression into signed words.
 *
 * @throws LexelError that shows the expression with a caret under the fault.
 */
export function parseExpression(expression: string): Term[] {
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
      throw faultAt(
        expression,
        p,
        '+ or - is missing before this word',
        'Quote words that belong together: "red circle".',
      );
    }
    if (p === n) throw faultAt(expression, n, 'a word is missing at the end');
    const quote = expression[p];
    if (quote === '"' || quote === "'") {
      const close = expression.indexOf(quote, p + 1);
      if (close < 0) throw faultAt(expression, p, 'this quote is never closed');
      if (close === p + 1) throw faultAt(expression, p, 'there is no word between these quotes');
      terms.push({ sign, word: expression.slice(p + 1, close), at: p });
      p = skipBlanks(expression, close + 1);
      continue;
    }
    if (quote === '+' || MINUS.test(quote)) throw faultAt(expression, p, 'a word is missing here');
    const start = p;
    while (p < n && !/[\s+"]/.test(expression[p])) p++;
    terms.push({ sign, word: expression.slice(start, p), at: start });
    p = skipBlanks(expression, p);
  }
  return terms;
}

/** An error that shows where in the expression it happened. */
export function faultAt(expression: string, at: number, problem: string, hint?: string): LexelError {
  // A tab would move the caret.
  const shown = expression.replace(/\s/g, ' ');
  return new LexelError(`${problem}\n  ${shown}\n  ${' '.repeat(at)}^`, hint);
}

function skipBlanks(text: string, from: number): number {
  let p = from;
  while (p < text.length && /\s/.test(text[p])) p++;
  return p;
}
