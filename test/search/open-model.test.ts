/** The model that ships with Lexel. */
import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/index.js';
import { openModel } from '../../src/search/index.js';
import { BUNDLED_MODEL } from '../../src/search/open-model.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { openWords } from '../../src/words/index.js';
import { realCifar100 } from '../data/helpers.js';

describe('the bundled model', () => {
  it('holds ten single-word labels out, drawn by the seed, in the space of the pack', async () => {
    const { labels, heldOut, words, recipe, network } = openModel().model;
    const single = labels.filter((label) => !label.includes('_'));
    const drawn = new Random(deriveKey(0, 'bundled model')).shuffle([...single]).slice(0, 10);
    expect([...heldOut].sort()).toEqual(drawn.sort());
    expect([labels.length, recipe, network.name]).toEqual([100, 'joint', 'lite']);
    const pack = await openWords('pack');
    expect(words).toEqual({ source: pack.source, checksum: pack.checksum, dimension: 50 });
    expect(statSync(BUNDLED_MODEL).size).toBeLessThan(450_000);
  });

  it('finds the pack by itself, also if other vectors of its space are at hand', async () => {
    const model = openModel();
    expect((await model.words()).source).toBe('pack.lexw');
    expect(model.readingName).toBe('conse+reverse-ridge');
    expect((await model.candidates({ vocab: 10_000 })).names).toHaveLength(10_068);
  });
});

const cifar = realCifar100();
describe.runIf(cifar)('the bundled model on real test images', () => {
  it('names those of seen classes, and those of the ten that it has never seen', async () => {
    const { test, classes } = await openDataset(cifar!);
    const model = openModel();
    const heldOut = new Set(model.model.heldOut);
    const share = async (unseen: boolean, top: number, labels?: string[]) => {
      const ids = [...test.labels.keys()].filter((i) => heldOut.has(classes[test.labels[i]]) === unseen);
      const some = ids.slice(0, 500);
      const bytes = test.size ** 2 * 3;
      const data = new Uint8Array(some.length * bytes);
      for (const [to, i] of some.entries())
        data.set(test.pixels.subarray(i * bytes, (i + 1) * bytes), to * bytes);
      const images = { data, count: some.length, width: test.size, height: test.size };
      const answers = await model.classify(images, { top, labels });
      const right = answers.filter((found, i) =>
        found.some(({ label }) => label === classes[test.labels[some[i]]]),
      );
      return right.length / some.length;
    };
    expect(await share(false, 1)).toBeGreaterThan(0.38);
    expect(await share(false, 5)).toBeGreaterThan(0.62);
    expect(await share(true, 1, [...heldOut])).toBeGreaterThan(0.3);
    expect(await share(true, 5)).toBeGreaterThan(0.12);
  });
});
