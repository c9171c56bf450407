import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readWords } from '../../src/words/index.js';
import { errorOf, temp } from './helpers.js';

function binary(
  rows: [string, number[]][],
  newline = true,
  header = `${rows.length} ${rows[0][1].length}\n`,
): Buffer {
  const parts = rows.map(([word, values]) =>
    Buffer.concat([
      Buffer.from(`${word} `),
      Buffer.from(Float32Array.from(values).buffer),
      Buffer.from(newline ? '\n' : ''),
    ]),
  );
  return Buffer.concat([Buffer.from(header), ...parts]);
}

const two: [string, number[]][] = [
  ['cat', [1, -2.5]],
  ['über', [0.1, 30000]],
];
const failure = (content: Buffer) => errorOf(() => readWords(temp('x.bin', content)));

it('reads word2vec binary files, with and without newlines, plain and gzipped', async () => {
  for (const [name, content] of [
    ['a.bin', binary(two)],
    ['b.bin', binary(two, false)],
    ['c.bin.gz', gzipSync(binary(two))],
  ] as const) {
    const words = await readWords(temp(name, content));
    expect(words.words).toEqual(['cat', 'über']);
    expect([...words.matrix]).toEqual([1, -2.5, Math.fround(0.1), 30000]);
  }
});

it('names what is wrong, and the byte', async () => {
  expect(await failure(Buffer.alloc(0))).toMatchInlineSnapshot(
    `"FormatError: x.bin: is empty: one line for each word was expected"`,
  );
  expect(await failure(binary(two, true, '3 2\n'))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 32: the header promises 3 words, the file ends after 2
    Fetch the file again: it was probably cut short. --allow-short reads what is there."
  `);
  const more = Buffer.concat([binary(two, true, '1 2\n'), Buffer.from('x')]);
  expect(await failure(more)).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 32: bytes follow the 1 words that the header promises, and are no whole word
    The file is damaged: fetch it again."
  `);
  expect(await failure(binary(two, true, '2 3\n'))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 16, "cat", number 3: 1.7410209657222794e+21 is no value of a word vector: bytes were lost or added before this place, or the header's dimension is wrong
    The file is damaged: fetch it again."
  `);
  expect(await failure(binary(two, true, '999999999999 300\n'))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 21: the file ends within the vector of "cat" (1 of 999999999999)
    Fetch the file again: it was probably cut short. --allow-short reads what is there."
  `);
  expect(await failure(binary(two, true, '2 99999999\n'))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 15: is neither text nor word2vec's binary format, which starts with "count dimension"
    Word vectors are read as GloVe or word2vec text, word2vec binary, or a packed store (.lexw)."
  `);
  expect(await failure(binary(two).subarray(0, -4))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 23: the file ends within the vector of "über" (2 of 2)
    Fetch the file again: it was probably cut short. --allow-short reads what is there."
  `);
  expect(await failure(binary([['a', [1, Number.NaN]]]))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 10, "a", number 2: NaN is not finite
    Word vectors hold finite numbers only."
  `);
});

it('refuses a file cut anywhere (property)', async () => {
  const whole = binary(two, false);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
      expect(await failure(whole.subarray(0, length))).toMatch(/^FormatError: x\.bin: /);
    }),
  );
});
