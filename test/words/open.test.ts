import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nearestWords, openWords, writeStore } from '../../src/words/index.js';
import { errorOf, temp, vectors } from './helpers.js';

/** A data directory of its own, with files under glove/. */
function dataDir(name: string, files: Record<string, string>): string {
  const dir = temp(name);
  for (const [file, content] of Object.entries(files)) {
    const path = `${name}/glove/${file}`;
    mkdirSync(dirname(temp(path)), { recursive: true });
    temp(path, content);
  }
  return dir;
}

describe('openWords', () => {
  it('finds GloVe by dimension, 100 first, packed first, the whole set before parts', async () => {
    const dir = dataDir('d1', {
      'glove.6B.50d.txt': 'king 1 0\n',
      'glove.6B.100d.labels.txt': 'part 1 0\n',
      'glove.6B.100d.txt': 'whole 1 0\n',
      'glove.6B.100d.txt.part': '',
      'README.md': '',
    });
    expect((await openWords('glove', { dataDir: dir })).words).toEqual(['whole']);
    expect((await openWords('glove:50', { dataDir: dir })).source).toBe('glove.6B.50d.txt');
    writeStore(temp('d1/glove/glove.6B.100d.lexw'), vectors({ packed: [1, 0] }));
    expect((await openWords('glove:100', { dataDir: dir })).words).toEqual(['packed']);
  });
  it('names another set that has a missing word', async () => {
    const dir = dataDir('d2', {
      'glove.6B.50d.txt': 'the 1 0\nking 1 0\n',
      'glove.6B.100d.labels.txt': 'apple 1 0\n',
    });
    const words = await openWords('glove', { dataDir: dir });
    expect(await errorOf(() => nearestWords(words, 'apple + king'))).toMatchInlineSnapshot(`
      "LexelError: "king" is not among the 1 words of glove.6B.100d.labels.txt
        apple + king
                ^
      Another set contains it: --words glove:50."
    `);
    expect(await errorOf(() => words.require('kin'))).toMatchInlineSnapshot(
      `"LexelError: "kin" is not among the 1 words of glove.6B.100d.labels.txt"`,
    );
  });
  it('says what it takes when there is no such thing', async () => {
    expect(await errorOf(() => openWords('glvoe'))).toMatchInlineSnapshot(`
      "UsageError: --words glvoe: no such file
      Expected a file, glove, glove:50, glove:100, glove:200, glove:300, or demo."
    `);
    expect(await errorOf(() => openWords('glove:51'))).toMatchInlineSnapshot(
      `"UsageError: --words glove:51: GloVe 6B comes in 50, 100, 200 and 300 dimensions"`,
    );
    const missing = await errorOf(() => openWords('glove:300', { dataDir: temp('nowhere') }));
    expect(missing).toMatch(
      'LexelError: --words glove:300: no glove.6B.300d* (.txt, .gz or .lexw) in nowhere/glove',
    );
    expect(missing).toMatch('lexel words get glove.6B');
  });
});
