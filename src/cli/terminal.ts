/**
 * All output of commands goes through these functions, so that control characters in labels, words and file names are
 * never sent to a terminal. Line ends of the text are kept; names within a line are escaped by `visible`.
 */

import { visibleJson, visibleLines } from '../util/visible.js';

/** Prints lines on standard output. */
export function print(text: string): void {
  console.log(visibleLines(text));
}

/** Prints lines on standard error. */
export function printError(text: string): void {
  console.error(visibleLines(text));
}

/** Prints an error and, below it, its hint. Lines after the first are indented, so that no name can start a line. */
export function printProblem({ message, hint }: { readonly message: string; readonly hint?: string }): void {
  printError(`lexel: ${message.replaceAll(/\n(?! )/g, '\n  ')}`);
  if (hint) printError(`  ${hint.replaceAll('\n', '\n  ')}`);
}

/** A value as JSON, for {@link print}: exact, with the control characters of terminals as JSON escapes. */
export function jsonText(value: unknown, indent: number | undefined = 2): string {
  return visibleJson(JSON.stringify(value, null, indent));
}
