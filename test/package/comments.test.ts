/** A file that a comment names exists. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const files = ['src', 'kernels', 'bench', 'scripts', 'test', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter(
      (file) => /\.(ts|mjs|h|cc|py)$/.test(file) && !/(^|\/)(node_modules|__pycache__|\.venv)\//.test(file),
    ),
);

/** "src/engine/program.ts", "kernels/view.h", "search/candidates.ts": a folder and a file of source. */
const PATH = /(?<![\w./<-])((?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs|h|cc|py))(?![\w/])/g;

function pathsInComments(text: string, file: string): string[] {
  const comments = file.endsWith('.py') ? /(?<!['"])#.*/g : /\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g;
  return [...text.matchAll(comments)].flatMap(([comment]) =>
    [...comment.matchAll(PATH)].map((match) => match[1]),
  );
}

it('every path that a comment names leads somewhere', () => {
  const places = ['', 'src', 'bench', 'test'];
  const gone = files.flatMap((file) =>
    pathsInComments(readFileSync(join(root, file), 'utf8'), file)
      .filter((path) => ![...places, dirname(file)].some((place) => existsSync(join(root, place, path))))
      .map((path) => `${file}: ${path}`),
  );
  expect(files.length).toBeGreaterThan(300);
  expect(gone).toEqual([]);
});
