/**
 * The studio as one page that opens from disk. Such a page may load nothing, so script, style and data are inside, and
 * nothing else is allowed.
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LexelError } from '../../util/errors.js';
import type { ExportedFile } from './app-files.js';

/** @param folder pages built as one script (web/vite.single.config.ts) */
export function singleFile(folder: string, files: readonly ExportedFile[]): string {
  const part = (name: string) => {
    const file = join(folder, name);
    if (existsSync(file)) return readFileSync(file, 'utf8');
    throw new LexelError(
      `the pages of the studio are missing: ${file}`,
      'In a checkout, run `npm run build`; otherwise install Lexel again.',
      { code: 'LEXEL_NOT_FOUND' },
    );
  };
  const base64 = Object.fromEntries(
    files.map(({ path, content }) => [path, Buffer.from(content).toString('base64')]),
  );
  const data = inScript(`globalThis.LEXEL_FILES=${JSON.stringify(base64)};`);
  const script = inScript(part('app.js'));
  const style = part('style.css').replaceAll('</style', '<\\/style');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(data)} ${hashOf(script)} 'wasm-unsafe-eval' blob:`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    'media-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const page = part('index.html')
    .replaceAll(/^\s*<(?:script|link rel="stylesheet")[^>]*>(?:<\/script>)?\n/gm, '')
    .replace(
      '<meta charset="utf-8" />',
      (charset) => `${charset}\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`,
    );
  // Functions, because "$&" in a replacement text would have a meaning.
  return page
    .replace('</head>', () => `<style>${style}</style>\n  </head>`)
    .replace(
      '</body>',
      () => `<script>${data}</script>\n<script type="module">${script}</script>\n  </body>`,
    );
}

/** JavaScript in which no text ends the element or begins a comment of HTML. */
const inScript = (code: string): string =>
  code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
