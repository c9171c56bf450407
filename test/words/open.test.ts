import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUNDLED_MODEL } from '../../src/search/open-model.js';
import { loadModel } from '../../src/train/index.js';
import { labelVectors, nearestWords, openWords, wordsSpec, writeStore } from '../../src/words/index.js';
import { errorOf, hasRealGlove, REAL_DATA, temp, vectors } from './helpers.js';

/** A new data directory with files under glove/. */
function dataDir(name: string, files: Record<string, string>): string {
  const dir = temp(name);
  mkdirSync(dir, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    const path = `${name}/glove/${file}`;
    mkdirSync(dirname(temp(path)), { recursive: true });
    temp(path, content);
  }
  return dir;
}

describe('openWords', () => {
  it('finds GloVe by dimension; prefers 100 dimensions, packed files, and whole sets', async () => {
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
      "UsageError: "king" is not among the 1 words of glove.6B.100d.labels.txt
        apple + king
                ^
      Another set contains it: --words glove:50."
    `);
    const narrow = await openWords('glove', { dataDir: dir, dimension: 100 });
    expect((await errorOf(() => narrow.require('king'))).split('\n')).toHaveLength(1);
    expect(await errorOf(() => words.require('kin'))).toMatchInlineSnapshot(
      `"LexelError: "kin" is not among the 1 words of glove.6B.100d.labels.txt"`,
    );
  });
  it('lists the accepted values if a set or file does not exist', async () => {
    expect(await errorOf(() => openWords('glvoe'))).toMatchInlineSnapshot(`
      "UsageError: no word vectors "glvoe": neither a set nor an existing file
      Did you mean glove? Expected a file, glove, glove:50, pack or shapes."
    `);
    expect(await errorOf(() => openWords('glove:51'))).toMatchInlineSnapshot(
      `"UsageError: no word vectors "glove:51": GloVe 6B comes in 50, 100, 200 and 300 dimensions"`,
    );
    const missing = await errorOf(() => openWords('glove:300', { dataDir: dataDir('d4', {}) }));
    expect(missing).toMatch(
      'LexelError: no word vectors "glove:300": no glove.6B.300d* (.txt, .gz or .lexw) in d4/glove',
    );
    expect(missing).toMatch('lexel words get glove.6B');
  });
  it('refuses a data directory that does not exist, also for sets that need none', async () => {
    const opened = openWords('pack', { dataDir: temp('nowhere') });
    await expect(opened).rejects.toThrow('nowhere: no such directory (--data-dir)');
  });
  it('names the bundled pack if GloVe is not found, and never opens it for `glove`', async () => {
    const missing = await errorOf(() => openWords('glove:300', { dataDir: dataDir('d4', {}) }));
    expect(missing).toContain('Without a download: `--words pack`');
    const found = await openWords('glove:50', {
      dataDir: dataDir('d3', { 'glove.6B.50d.txt': 'king 1 0\n' }),
    });
    expect(found.source).toBe('glove.6B.50d.txt');
    expect(await errorOf(() => found.require('queen'))).toContain('--words pack');
  });
  it('gives the value of --words for the name of a file', () => {
    const files = ['pack.lexw', 'shapes.lexw', 'glove.6B.100d.cifar100-labels.txt', 'mine.vec'];
    expect(files.map(wordsSpec)).toEqual(['pack', 'shapes', 'glove:100', 'mine.vec']);
  });
});

describe('the bundled pack', () => {
  it('has the words of GloVe 6B, most frequent first', async () => {
    const pack = await openWords('pack');
    expect([pack.count, pack.dimension, pack.source]).toEqual([14180, 50, 'pack.lexw']);
    expect(pack.words.slice(0, 4)).toEqual(['the', ',', 'of', 'to']);
    expect(nearestWords(pack, 'king - man + woman').nearest[0].word).toBe('queen');
  });
  it('has a vector for every label of CIFAR-100 and CIFAR-10', async () => {
    const pack = await openWords('pack');
    const { labels } = loadModel(BUNDLED_MODEL);
    expect(labels).toHaveLength(100);
    const { sources, skipped } = labelVectors(pack, [...labels, 'airplane', 'cat', 'deer', 'dog', 'frog']);
    expect(skipped).toEqual([]);
    expect(sources.flatMap(({ label, via }) => (via === 'alias' ? [label] : []))).toEqual([
      'lawn_mower',
      'poppy',
    ]);
    expect(sources.filter(({ via }) => via === 'mean').map(({ label }) => label)).toHaveLength(8);
  });
  it.runIf(hasRealGlove)('has the vectors of the published file, rounded to float16', async () => {
    const pack = await openWords('pack');
    const whole = await openWords(`${REAL_DATA}/glove/glove.6B.50d.14k.txt`);
    expect(pack.words).toEqual(whole.words);
    const off = pack.matrix.reduce(
      (most, x, i) => Math.max(most, Math.abs(x - whole.matrix[i]) / (1e-4 + Math.abs(x))),
      0,
    );
    expect(off).toBeLessThan(2 ** -10);
  });
});
