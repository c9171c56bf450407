import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readWords } from '../../src/words/index.js';
import { errorOf, temp } from './helpers.js';

function binary(
  rows: [string, number[]][],
  newline = true,
  header = `${rows.length} ${rows[0][1].length}\n`,
  encoding: 'utf8' | 'latin1' = 'utf8',
): Buffer {
  const parts = rows.map(([word, values]) =>
    Buffer.concat([
      Buffer.from(`${word} `, encoding),
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

it('names the fault and its byte', async () => {
  expect(await failure(Buffer.alloc(0))).toMatchInlineSnapshot(
    `"FormatError: x.bin: is empty; expected one line per word"`,
  );
  expect(await failure(binary(two, true, '3 2\n'))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 32: the header declares 3 words, but the file ends after 2
    Download the file again: it was probably cut short. --allow-short reads it up to there."
  `);
  const more = Buffer.concat([binary(two, true, '1 2\n'), Buffer.from('x')]);
  expect(await failure(more)).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 32: the bytes after the 1 words declared in the header are not a complete word
    The file is damaged: download it again."
  `);
  expect(await failure(binary(two, true, '2 3\n'))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 16, "cat", number 3: 1.7410209657222794e+21 is not a plausible vector value: bytes were lost or added before this place, or the header's dimension is wrong
    The file is damaged: download it again."
  `);
  expect(await failure(binary(two, true, '999999999999 300\n'))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 21: the file ends within the vector of "cat" (1 of 999999999999)
    Download the file again: it was probably cut short. --allow-short reads it up to there."
  `);
  expect(await failure(binary(two, true, '2 99999999\n'))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 15: is neither text nor word2vec's binary format, which starts with "count dimension"
    Word vectors are read as GloVe or word2vec text, word2vec binary, or a packed store (.lexw)."
  `);
  expect(await failure(binary(two).subarray(0, -4))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 23: the file ends within the vector of "über" (2 of 2)
    Download the file again: it was probably cut short. --allow-short reads it up to there."
  `);
  expect(await failure(binary([['a', [1, Number.NaN]]]))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 10, "a", number 2: NaN is not finite
    Word vectors must be finite."
  `);
});

it('reads words of 8-bit encodings', async () => {
  const lists = [
    // Latin-1: the byte of a letter such as \xc1 is also the last byte of floats between 8 and 128.
    ['casa', 'ni\xf1o', '\xc1frica'],
    ['ni\xf1o', '\xc1frica'],
    ['casa', '\xc1frica'],
    ['\xc1vila', '\xc1ngel'],
    ['PA\xcdS', 'JU\xc1REZ', '\xd1AME', '\xc0LEX', 'n\xe988'],
    // ISO-8859-2, Slovene: \xb9 and \xbe are also the last bytes of small floats.
    ['\xb9ola', '\xbeena', 'po\xe8asi'],
    ['\xb9ola', 'hi\xb9ka', '\xbeena'],
    // KOI8-R, and Greek in ISO-8859-7.
    ['\xc1\xd2\xc2\xd5\xda', '\xc1-1', '\xc0la'],
    ['\xb8\xed\xe1', '\xbca', '\xb9-x'],
  ];
  for (const list of lists) {
    for (const newline of [true, false]) {
      // A single such word is accepted if no value is as large as a float that ends in \xc1.
      const alone = list.filter((word) => /[\x80-\xff]/.test(word)).length === 1;
      const rows = list.map((word, i): [string, number[]] => [word, [alone ? 0.5 : 40, -1.5 + i / 8]]);
      const file = temp('e.bin', binary(rows, newline, undefined, 'latin1'));
      const words = await readWords(file, { strict: true });
      const shown = list.map((word) =>
        word.replace(/[\x80-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`),
      );
      expect(words.words).toEqual(shown);
    }
  }
});

it('reports a shift by a byte for a single such word, or for a single vector with small values before it', async () => {
  const cat: [string, number[]] = ['cat', [0.5, 1e-35]];
  const foreign = (newline: boolean) => binary([two[0], ['\xbethe', [0, 0]]], newline, undefined, 'latin1');
  expect(await failure(foreign(false))).toMatchInlineSnapshot(`
    "FormatError: x.bin: byte 16: word 2 seems to start with bytes of a vector ("\\\\xbethe"): bytes were lost or added before this place, or the header's dimension is wrong
    The file is damaged: download it again. If the word is correct, write the file as text, or with a newline after each vector."
  `);
  expect((await readWords(temp('n.bin', foreign(true)))).count).toBe(2);
  const rows: [string, number[]][] = [cat, ['>the', [1, 1]]];
  expect(await failure(binary(rows, false))).toMatch(
    'byte 16: word 2 seems to start with bytes of a vector (">the")',
  );
  expect((await readWords(temp('n.bin', binary(rows)))).count).toBe(2);
  rows.push(['a', [1e-35, 1]]);
  expect((await readWords(temp('d.bin', binary(rows, false)))).count).toBe(3);
});

it('reads values of any small size', async () => {
  const small = [1e-35, -1e-40, 1e-45, -2e-31];
  for (const newline of [true, false]) {
    for (const values of [[0.5, 1e-35, -1], small, [0, ...small, 30000]]) {
      const rows: [string, number[]][] = [
        ['cat', values.map(() => 0.5)],
        ['dog', values],
      ];
      const words = await readWords(temp('s.bin', binary(rows, newline)), { strict: true });
      expect([...words.require('dog')]).toEqual(values.map(Math.fround));
    }
  }
});

it('refuses a file cut anywhere (property)', async () => {
  const whole = binary(two, false);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
      expect(await failure(whole.subarray(0, length))).toMatch(/^FormatError: x\.bin: /);
    }),
  );
});
