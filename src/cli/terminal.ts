/**
 * All that commands print goes through here: names that others chose (labels, words, files) never reach a terminal as
 * control characters. Line ends stay where the text has lines; names that stand in a line are shown by `visible`.
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

/** Prints what is wrong, and the way out below it. Lines after the first are indented: a name cannot begin one of its own. */
export function printProblem({ message, hint }: { readonly message: string; readonly hint?: string }): void {
  printError(`lexel: ${message.replaceAll(/\n(?! )/g, '\n  ')}`);
  if (hint) printError(`  ${hint.replaceAll('\n', '\n  ')}`);
}

/** A value as JSON, for {@link print}: exact, with what a terminal would obey escaped as JSON allows. */
export function jsonText(value: unknown, indent: number | undefined = 2): string {
  return visibleJson(JSON.stringify(value, null, indent));
}
