/** Image paths as a command takes them: files, folders, and `-` for a list on standard input. */

import { statSync } from 'node:fs';
import {
  BROKEN_NAMED,
  brokenList,
  type FolderReading,
  type PassedOver,
  passedOverLine,
} from '../data/index.js';
import { type FilePath, filePath } from '../util/file-path.js';
import { printError } from './terminal.js';

/** Every path of the arguments, `-` replaced by the paths that standard input lists. */
export async function* namedPaths(names: readonly string[], nullSeparated = false): AsyncGenerator<FilePath> {
  for (const name of names) {
    if (name === '-') yield* pathsIn(process.stdin, nullSeparated ? '\0' : '\n');
    else yield name;
  }
}

/** May the arguments mean more than one image? */
export function meansSeveral(names: readonly string[]): boolean {
  return names.length > 1 || names[0] === '-' || isFolder(names[0]);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // what is wrong with it is said where it is read
  }
}

/** One line on standard error, where anything was passed over. */
export function tellPassedOver(passed: PassedOver): void {
  const line = passedOverLine(passed);
  if (line) printError(line);
}

/** What a data set's folder holds beside its images, on standard error; what is broken was left out on purpose. */
export function tellReading({ broken, passedOver }: FolderReading): void {
  if (broken.length > 0) printError(`left out (--skip-broken): ${brokenList(broken, BROKEN_NAMED)}`);
  tellPassedOver(passedOver);
}

/** Paths of a list, one a line (or NUL-separated), as they arrive; empty ones are passed over. */
async function* pathsIn(stream: NodeJS.ReadStream, separator: string): AsyncGenerator<FilePath> {
  stream.setEncoding('latin1'); // a character a byte: names need not be UTF-8
  const path = (part: string) => filePath(Buffer.from(plain(part, separator), 'latin1'));
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + chunk).split(separator);
    rest = parts.pop()!;
    for (const part of parts) if (plain(part, separator) !== '') yield path(part);
  }
  if (plain(rest, separator) !== '') yield path(rest);
}

const plain = (part: string, separator: string) => (separator === '\n' ? part.replace(/\r$/, '') : part);
