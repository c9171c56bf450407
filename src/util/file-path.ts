/**
 * Paths of files whose names may be no UTF-8. Such a path stays the bytes that it is, since as a string it would name
 * no file; people are shown it with \xNN for what is not UTF-8.
 */
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';

/** A path; as bytes only where they are not UTF-8. */
export type FilePath = string | Buffer;

const SLASH = Buffer.from('/');

/** A path or name from its bytes. */
export function filePath(bytes: Buffer): FilePath {
  return isUtf8(bytes) ? bytes.toString() : bytes;
}

/** The path of a name in a folder. */
export function within(folder: FilePath, name: FilePath): FilePath {
  if (typeof folder === 'string' && typeof name === 'string') return join(folder, name);
  const start = typeof folder === 'string' ? [Buffer.from(join(folder, '_').slice(0, -1))] : [folder, SLASH];
  return filePath(Buffer.concat([...start, Buffer.from(name)]));
}

/** The path as people are shown it: "caf\xE9.png" for a name in Latin-1. */
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
