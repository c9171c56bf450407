/** The packed package's types, as a project sees them that has only TypeScript and @types/node beside it. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const project = mkdtempSync(join(tmpdir(), 'lexel-types-'));
afterAll(() => rmSync(project, { recursive: true }));

/** Packs Lexel, unpacks it into the project, and puts its dependencies beside it. */
beforeAll(async () => {
  const packed = join(project, 'node_modules', 'lexel');
  mkdirSync(packed, { recursive: true });
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', project], { cwd: root });
  await run('tar', ['-xzf', join(project, `lexel-${manifest.version}.tgz`), '--strip-components=1'], {
    cwd: packed,
  });
  for (const name of [...Object.keys(manifest.dependencies), '@types/node', 'undici-types']) {
    const place = join(project, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), place);
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const names = Object.keys(manifest.exports).filter((name) => name !== './package.json');
  const lines = names.map((name, i) => `export * as part${i} from '${name.replace('.', 'lexel')}';`);
  writeFileSync(join(project, 'all.ts'), `${lines.join('\n')}\n`);
  writeFileSync(join(project, 'use.ts'), USE);
});

/** Results of the main functions have the types that the documents promise. */
const USE = `
import { type ErrorCode, LexelError, openModel, prepareExperiment } from 'lexel';
import { drawFigure } from 'lexel/figures';
const model = openModel();
const { signal } = new AbortController();
const [row] = await model.embed([new URL('https://example.org/a.png'), new Blob([])], { signal });
export const numbers: Float32Array = row;
const [answers] = await model.classify(Buffer.alloc(0), { top: 3, signal });
export const label: string = answers[0].label;
export const codeOf = (error: unknown): ErrorCode | undefined => error instanceof LexelError ? error.code : undefined;
export const prepare: typeof prepareExperiment = prepareExperiment;
export const svg: string = drawFigure([{ options: { marks: [] }, width: 10, height: 10 }], {
  title: '', subtitle: [], description: '',
});
// @ts-expect-error: a number is not an image
await model.embed(7);
`;

describe('types compile under strict, with the types of libraries checked,', () => {
  it.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])('for moduleResolution %s', async (moduleResolution, module) => {
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023', '--types', 'node'];
    const files = ['all.ts', 'use.ts'];
    const tsc = [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...options];
    const { stdout } = await run(
      process.execPath,
      [
        ...tsc,
        '--module',
        module,
        '--moduleResolution',
        moduleResolution,
        '--skipLibCheck',
        'false',
        ...files,
      ],
      { cwd: project },
    ).catch((error) => error);
    expect(stdout).toBe('');
  });
});
