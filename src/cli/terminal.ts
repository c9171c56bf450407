/**
 * All output of commands goes through these functions. Control characters in labels, words and file names are never sent
 * to a terminal: names within a line are escaped by `visible`, and line ends of the text are kept. Lines wider than the
 * terminal are wrapped at words.
 *
 * With --json, standard output holds the answer and nothing else: {@link print} then writes to standard error.
 */

import { type Look, PLAIN, painted, styledLook } from '../util/look.js';
import { visibleJson, visibleLines } from '../util/visible.js';
import { wrapLines } from '../util/wrap.js';

type Stream = NodeJS.WriteStream;

let jsonOnly = false;

/** With `on`, everything but JSON goes to standard error. */
export function answerInJson(on: boolean): void {
  jsonOnly = on;
}

/** Where {@link print} writes. */
const printStream = (): Stream => (jsonOnly ? process.stderr : process.stdout);

/** The width and styles of text that {@link print} will write. */
export function look(): Look {
  const stream = printStream();
  return stream.isTTY || colours(stream) ? styledLook(widthOf(stream)) : PLAIN;
}

/** Columns of a terminal; infinite for a pipe or a file. */
export function widthOf(stream: Stream): number {
  return stream.isTTY && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY;
}

/** FORCE_COLOR comes before NO_COLOR (https://no-color.org); without either, terminals have colours. */
export function colours(stream: Stream): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: term } = process.env;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && !none && term !== 'dumb';
}

/** Prints lines on standard output; with --json, on standard error. */
export function print(text: string): void {
  if (jsonOnly) printError(text);
  else console.log(screenText(text, process.stdout));
}

/** Prints lines on standard error. */
export function printError(text: string): void {
  console.error(screenText(text, process.stderr));
}

/** Lines as they are written to a stream: escaped, wrapped and coloured. */
export function screenText(text: string, stream: Stream): string {
  return painted(wrapLines(visibleLines(text), widthOf(stream)), colours(stream));
}

/** Prints text for another program on standard output as it is. */
export function printRaw(text: string): void {
  process.stdout.write(text);
}

/** Prints a value as one JSON document on standard output, exactly: it is neither wrapped nor coloured. */
export function printJson(value: unknown, indent?: number): void {
  console.log(jsonText(value, indent));
}

/** Prints an error and, below it, its hint. Lines after the first are indented, so that no name can start a line. */
export function printProblem({ message, hint }: { readonly message: string; readonly hint?: string }): void {
  const { style } = styledLook(0);
  printError(`${style('bad', 'lexel:')} ${message.replaceAll(/\n(?! )/g, '\n  ')}`);
  if (hint) printError(`  ${hint.replaceAll('\n', '\n  ')}`);
}

/** A value as JSON: exact, with the control characters of terminals as JSON escapes. */
export function jsonText(value: unknown, indent: number | undefined = 2): string {
  return visibleJson(JSON.stringify(value, null, indent));
}
