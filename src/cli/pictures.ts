/** Picture paths as a command takes them: files, folders, and `-` for a list on standard input. */

import { statSync } from 'node:fs';

/** Every path of the arguments, `-` replaced by the paths that standard input lists. */
export async function* namedPaths(names: readonly string[], nullSeparated = false): AsyncGenerator<string> {
  for (const name of names) {
    if (name === '-') yield* pathsIn(process.stdin, nullSeparated ? '\0' : '\n');
    else yield name;
  }
}

/** May the arguments mean more than one picture? */
export function meansSeveral(names: readonly string[]): boolean {
  return (
    names.length > 1 ||
    names[0] === '-' ||
    statSync(names[0], { throwIfNoEntry: false })?.isDirectory() === true
  );
}

/** Paths of a list, one a line (or NUL-separated), as they arrive; empty ones are passed over. */
async function* pathsIn(stream: NodeJS.ReadStream, separator: string): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + chunk).split(separator);
    rest = parts.pop()!;
    for (const part of parts) if (plain(part, separator) !== '') yield plain(part, separator);
  }
  if (plain(rest, separator) !== '') yield plain(rest, separator);
}

const plain = (part: string, separator: string) => (separator === '\n' ? part.replace(/\r$/, '') : part);
