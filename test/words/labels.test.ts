import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labelVectors, openWords } from '../../src/words/index.js';
import { errorOf, hasRealGlove, REAL_DATA, vectors } from './helpers.js';

const words = vectors({
  maple: [1, 0],
  tree: [0, 1],
  oak_tree: [5, 5],
  lawn: [2, 2],
  poppies: [3, 3],
  circle: [4, 0],
  red: [0, 4],
});
const viaOf = (labels: string[], options = {}) =>
  labelVectors(words, labels, options).sources.map(({ words: keys, via }) => `${via}: ${keys.join(' ')}`);

describe('labels to vectors', () => {
  it('looks up the label itself, then a known alias, then the mean of its words', () => {
    const {
      vectors: rows,
      sources,
      skipped,
    } = labelVectors(words, ['maple_tree', 'oak_tree', 'lawn_mower', 'poppy']);
    expect([...rows]).toEqual([0.5, 0.5, 5, 5, 2, 2, 3, 3]);
    expect(sources[0]).toEqual({ label: 'maple_tree', words: ['maple', 'tree'], via: 'mean' });
    expect(sources.map((s) => s.via)).toEqual(['mean', 'exact', 'alias', 'alias']);
    expect(skipped).toEqual([]);
    expect(viaOf(['Oak-Tree', 'red circle', 'Red_Circle'])).toEqual([
      'exact: oak_tree',
      'mean: red circle',
      'mean: red circle',
    ]);
  });
  it("prefers the user's aliases, for labels and for their words", () => {
    expect(viaOf(['oak_tree'], { aliases: { oak_tree: 'maple_tree' } })).toEqual(['alias: maple tree']);
    expect(viaOf(['willow_tree'], { aliases: { willow: 'maple' } })).toEqual(['mean: maple tree']);
  });
  it("omits labels without a vector if onMissing is 'skip'", () => {
    const found = labelVectors(words, ['zeppelin', 'red'], { onMissing: 'skip' });
    expect(found.skipped).toEqual(['zeppelin']);
    expect(found.sources.map((s) => s.label)).toEqual(['red']);
    expect([...found.vectors]).toEqual([0, 4]);
  });
  it('names the label, the missing word and the remedies in its error', async () => {
    const failure = (labels: string[], options = {}) => errorOf(() => labelVectors(words, labels, options));
    expect(await failure(['mapel_tree'])).toMatchInlineSnapshot(`
      "LexelError: the label "mapel_tree" has no word vector in test.txt ("mapel" is missing)
      Nearest spellings: maple. Use --alias mapel=maple to choose another word, or --on-missing skip to omit the label."
    `);
    expect(await failure(['zeppelin'])).toMatchInlineSnapshot(`
      "LexelError: the label "zeppelin" has no word vector in test.txt
      Use --alias 'zeppelin=<word>' to choose another word, or --on-missing skip to omit the label."
    `);
    expect(await failure(['red'], { aliases: { rod: 'red' } })).toMatchInlineSnapshot(`
      "LexelError: --alias rod=red: there is no label "rod"
      Nearest labels: red."
    `);
    expect(await failure(['red'], { aliases: { red: 'reed' } })).toMatchInlineSnapshot(`
      "LexelError: --alias red=reed: "reed" is not among the 7 words of test.txt
      Nearest spellings: red, tree."
    `);
    expect(await failure(['zeppelin'], { onMissing: 'skip' })).toMatchInlineSnapshot(`
      "LexelError: none of the 1 labels has a word vector in test.txt
      Use other word vectors with --words."
    `);
  });
});

it.skipIf(!hasRealGlove)('finds all CIFAR-100 labels in the real vectors', async () => {
  const labels = readFileSync(join(REAL_DATA, 'cifar-100-binary', 'fine_label_names.txt'), 'utf8')
    .trim()
    .split('\n');
  const keyed = labelVectors(await openWords('glove:100', { dataDir: REAL_DATA }), labels);
  expect(keyed.sources.every((s) => s.via === 'exact')).toBe(true);
  const glove = labelVectors(await openWords('glove:50', { dataDir: REAL_DATA }), labels);
  expect(glove.vectors).toHaveLength(100 * 50);
  expect(glove.sources.filter((s) => s.via === 'alias')).toEqual([
    { label: 'lawn_mower', words: ['lawn'], via: 'alias' },
    { label: 'poppy', words: ['poppies'], via: 'alias' },
  ]);
  expect(glove.sources.filter((s) => s.via === 'mean')).toHaveLength(8);
});
