/**
 * Paths of files whose names may be invalid UTF-8. Such a path is kept as bytes, because the decoded string would not
 * name the file. For display, invalid bytes are written as \xNN.
 */
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';

/** A path: a string if it is valid UTF-8, otherwise its bytes. */
export type FilePath = string | Buffer;

const SLASH = Buffer.from('/');

/** Converts the bytes of a path or name. */
export function filePath(bytes: Buffer): FilePath {
  return isUtf8(bytes) ? bytes.toString() : bytes;
}

/** Joins a folder and a name. */
export function within(folder: FilePath, name: FilePath): FilePath {
  if (typeof folder === 'string' && typeof name === 'string') return join(folder, name);
  const start = typeof folder === 'string' ? [Buffer.from(join(folder, '_').slice(0, -1))] : [folder, SLASH];
  return filePath(Buffer.concat([...start, Buffer.from(name)]));
}

/** The path for display: "caf\xE9.png" for a name in Latin-1. */
export function shownPath(path: FilePath): string {
  if (typeof path === 'string') return path;
  let shown = '';
  for (let at = 0; at < path.length; ) {
    const length = [1, 2, 3, 4].find((n) => isUtf8(path.subarray(at, at + n)));
    shown += length
      ? path.toString('utf8', at, at + length)
      : `\\x${path[at].toString(16).toUpperCase().padStart(2, '0')}`;
    at += length ?? 1;
  }
  return shown;
}
