/** Helpers for the tests of word vectors: temporary files, small tables, and the folder of the real data. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { LexelError } from '../../src/util/errors.js';
import { WordVectors } from '../../src/words/index.js';

const folder = mkdtempSync(join(tmpdir(), 'lexel-words-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A path in this test file's own temporary folder; with content, the file is written. */
export function temp(name: string, content?: string | Uint8Array): string {
  const file = join(folder, name);
  if (content !== undefined) writeFileSync(file, content);
  return file;
}

/** Word vectors from rows. */
export function vectors(rows: Record<string, number[]>, source = 'test.txt'): WordVectors {
  const words = Object.keys(rows);
  const dimension = rows[words[0]].length;
  return new WordVectors({ words, dimension, matrix: Float32Array.from(Object.values(rows).flat()) }, source);
}

/** Message and hint of the error that `act` must throw, without the temporary folder. */
export async function errorOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof LexelError)) throw error;
    const { name, message, hint } = error;
    return [`${name}: ${message}`, hint].filter(Boolean).join('\n').replaceAll(`${folder}/`, '');
  }
  throw new Error('an error was expected');
}

/** Folder with the real files; tests that need them are skipped where it is absent. */
export const REAL_DATA = process.env.LEXEL_DATA ?? '../shared/data';
export const hasRealGlove = existsSync(join(REAL_DATA, 'glove', 'glove.6B.50d.14k.txt'));
if (!hasRealGlove)
  console.log(`no GloVe files in ${REAL_DATA}/glove: tests on real word vectors are skipped`);
