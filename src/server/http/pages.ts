/** The built pages. They are found when the studio starts, so an address never becomes a path. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context, Handler } from 'hono';
import { LexelError } from '../../util/errors.js';

interface PageFile {
  /** Below the pages' folder, with `/`. */
  readonly path: string;
  readonly file: string;
  readonly type: string;
  /** Whether the name contains a hash of the content, so that the content never changes. */
  readonly hashed: boolean;
}

/** Content types, by the endings of names. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** The content type of a file, by its name or its ending. */
export const typeOf = (path: string): string =>
  TYPES[path.startsWith('.') ? path : extname(path)] ?? 'application/octet-stream';

/** Folder of the built pages; from source, that of dist/. */
export function pagesFolder(): string {
  const fromSource = import.meta.url.endsWith('.ts');
  return fileURLToPath(new URL(fromSource ? '../../../dist/studio' : '../../studio', import.meta.url));
}

/** @throws LexelError if the pages were not built */
export function findPages(folder = pagesFolder()): ReadonlyMap<string, PageFile> {
  if (!existsSync(join(folder, 'index.html'))) {
    throw new LexelError(
      `the pages of the studio are missing: ${folder}`,
      'In a checkout, run `npm run build`; otherwise install Lexel again.',
      { code: 'LEXEL_NOT_FOUND' },
    );
  }
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = relative(folder, file).replaceAll(sep, '/');
      return [path, { path, file, type: typeOf(path), hashed: path.startsWith('assets/') }];
    }),
  );
}

/** A year: a file whose name contains a hash of its content never changes. */
const FOREVER = 'public, max-age=31536000, immutable';

/** Answers with a page's file, or not at all. */
export function pagesHandler(folder?: string): Handler {
  const pages = findPages(folder);
  return (c, next) => {
    const page = pages.get(c.req.path === '/' ? 'index.html' : c.req.path.slice(1));
    if (!page) return next();
    const { type, hashed } = page;
    return answerFile(c, readFileSync(page.file), { type, caching: hashed ? FOREVER : 'no-cache' });
  };
}

/** A file with its ETag; 304 if the browser has it. */
export function answerFile(
  c: Context,
  content: Uint8Array<ArrayBuffer>,
  { type, caching = 'no-cache' }: { type: string; caching?: string },
): Response {
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  const headers = { 'content-type': type, 'cache-control': caching, etag };
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers);
  return c.body(content, 200, headers);
}
