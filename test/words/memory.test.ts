import { totalmem } from 'node:os';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readWords } from '../../src/words/index.js';
import { defaultMemory } from '../../src/words/memory.js';
import { writeStore } from '../../src/words/store.js';
import { errorOf, temp, vectors } from './helpers.js';

const MIB = 2 ** 20;
/** "w0 0 … 0": 1000 bytes of zeros a word, 4 KB of memory; gzip makes a few bytes of it. */
const lines = (count: number, dimension = 1000) => {
  const zeros = ' 0'.repeat(dimension);
  return Array.from({ length: count }, (_, i) => `w${i}${zeros}\n`).join('');
};
const binary = (count: number, dimension = 1000) =>
  Buffer.concat([
    Buffer.from(`${count} ${dimension}\n`),
    ...Array.from({ length: count }, (_, i) =>
      Buffer.concat([Buffer.from(`w${i} `), Buffer.alloc(dimension * 4)]),
    ),
  ]);

describe('memory of word vectors', () => {
  it("is limited to half of the machine's memory by default", () => {
    expect(defaultMemory()).toBeGreaterThan(0);
    expect(defaultMemory()).toBeLessThanOrEqual(totalmem() / 2);
  });

  const text = lines(1000);
  it.each([
    ['text', text],
    ['text with a header', `1000 1000\n${text}`],
    ['gzip', gzipSync(text)],
    ['binary', binary(1000)],
  ])('ends where vectors of %s need more than the limit, before it is allocated', async (name, content) => {
    const file = temp(`large-${name}`, content);
    const before = process.memoryUsage().arrayBuffers;
    const error = await errorOf(() => readWords(file, { maxMemory: 2 * MIB }));
    expect(error).toMatch(
      /^FormatError: large-\S.*: (line|byte) \d+.*: the vectors need more than 2 MiB of memory\nRaise the limit with --max-memory \(this machine has [\d.]+ GiB\), or keep fewer words\.$/,
    );
    const chunks = 3 * 4 * MIB; // read at once
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * MIB + 2 * chunks + text.length);
    expect((await readWords(file, { maxMemory: 16 * MIB })).count).toBe(1000);
  });

  it('exceeds the size of the vectors only slightly while they are read', async () => {
    const words = await readWords(temp('fits.txt', text), { maxMemory: 4000 * 1000 + 1000 * 110 });
    expect(words.matrix.length).toBe(1_000_000);
  });

  it('of a packed store is checked from its header, before the matrix is read', async () => {
    for (const dtype of ['float32', 'float16'] as const) {
      const file = temp(`large-${dtype}.lexw`);
      writeStore(
        file,
        vectors(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`w${i}`, Array(1000).fill(0)]))),
        {
          dtype,
        },
      );
      expect(await errorOf(() => readWords(file, { maxMemory: MIB }))).toContain(
        'after 500 words: the vectors need more than 1 MiB of memory',
      );
      expect((await readWords(file, { maxMemory: 4 * MIB })).count).toBe(500);
    }
  });

  it('includes the words, also long ones', async () => {
    const long = Array.from({ length: 20 }, (_, i) => `${String(i).padEnd(100_000, 'x')} 1\n`).join('');
    expect(await errorOf(() => readWords(temp('long.txt', long), { maxMemory: 2 * MIB }))).toContain(
      'need more than 2 MiB of memory',
    );
  });

  it('is protected from a gzip file that unpacks to far more than word vectors can contain', async () => {
    // 80 MiB of one repeated line.
    const file = temp('bomb.txt.gz', gzipSync(Buffer.alloc(80 * MIB, 'same 0 0 0 0 0 0 0 0\n')));
    expect(await errorOf(() => readWords(file))).toMatch(
      /^FormatError: bomb\.txt\.gz: byte \d+: unpacks to more than 200 times its size \([67]\d(\.\d)? MiB so far\), unlike any word vectors\n.*gzip -d/,
    );
  });

  it('is not allocated for a dimension that no word vectors have, with or without a header', async () => {
    const wide = lines(2, 70_000);
    expect(await errorOf(() => readWords(temp('wide.txt', wide)))).toBe(
      'FormatError: wide.txt: line 1 has 70000 numbers, more than the maximum dimension of 65536\n' +
        'Is a line end missing? Every line must contain one word and its vector.',
    );
    expect(await errorOf(() => readWords(temp('wide-header.txt', `2 70000\n${wide}`)))).toBe(
      'FormatError: wide-header.txt: line 1 is an invalid word2vec header: 2 words × 70000 dimensions',
    );
    expect((await readWords(temp('widest.txt', lines(2, 65_536)))).dimension).toBe(65_536);
  });
});
