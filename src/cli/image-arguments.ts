/** Image paths as arguments of a command: files, folders, and `-` for a list on standard input. */

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

/** All paths of the arguments, with `-` replaced by the paths on standard input. */
export async function* namedPaths(names: readonly string[], nullSeparated = false): AsyncGenerator<FilePath> {
  for (const name of names) {
    if (name === '-') yield* pathsIn(process.stdin, nullSeparated ? '\0' : '\n');
    else yield name;
  }
}

/** Whether the arguments may stand for more than one image. */
export function meansSeveral(names: readonly string[]): boolean {
  return names.length > 1 || names[0] === '-' || isFolder(names[0]);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // reading the file reports the error
  }
}

/** Prints one line on standard error if files were skipped. */
export function tellPassedOver(passed: PassedOver): void {
  const line = passedOverLine(passed);
  if (line) printError(line);
}

/** Reports on standard error which files of a data set's folder were not used: broken ones (--skip-broken), and others. */
export function tellReading({ broken, passedOver }: FolderReading): void {
  if (broken.length > 0) printError(`left out (--skip-broken): ${brokenList(broken, BROKEN_NAMED)}`);
  tellPassedOver(passedOver);
}

/** Yields the paths of a list, one per line (or NUL-separated), as they arrive. Skips empty ones. */
async function* pathsIn(stream: NodeJS.ReadStream, separator: string): AsyncGenerator<FilePath> {
  stream.setEncoding('latin1'); // one character per byte, because names may not be UTF-8
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
