import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWords, WordVectors, writeStore, writeWords } from '../../src/words/index.js';
import { errorOf, temp, vectors } from './helpers.js';

const sample = vectors({ cat: [1, -2.5, 0.1], über: [3, 4, 5], '. .': [0, 0, 0] });

describe('the packed store', () => {
  it('restores words, values and checksum from any format', async () => {
    const packed = temp('a.lexw');
    writeStore(packed, sample);
    const words = await readWords(packed);
    expect(words.words).toEqual(sample.words);
    expect(words.matrix).toEqual(sample.matrix);
    expect(words.norms).toEqual(sample.norms);
    expect(words.checksum).toBe(sample.checksum);
    const text = await readWords(temp('a.txt', 'cat 1 -2.5 0.1\nüber 3 4 5\n. . 0 0 0\n'));
    expect(text.checksum).toBe(words.checksum);
  });
  it('keeps three decimals as float16, and refuses values that float16 cannot represent', async () => {
    const packed = temp('half.lexw');
    writeStore(packed, sample, { dtype: 'float16' });
    const words = await readWords(packed);
    for (const [i, value] of words.matrix.entries()) expect(value).toBeCloseTo(sample.matrix[i], 3);
    expect(words.checksum).toBe(
      new WordVectors({ words: words.words, dimension: 3, matrix: words.matrix }, '').checksum,
    );
    expect(
      await errorOf(() => writeStore(packed, vectors({ big: [1e6] }), { dtype: 'float16' })),
    ).toMatchInlineSnapshot(`
      "LexelError: "big": 1000000 is too large for float16
      Pack as float32."
    `);
  });
  it('refuses a file that is cut, longer, or has any bit flipped', async () => {
    const packed = temp('b.lexw');
    writeStore(packed, sample);
    const whole = readFileSync(packed);
    const damaged = temp('damaged.lexw');
    const failure = (bytes: Buffer) => {
      writeFileSync(damaged, bytes);
      return errorOf(() => readWords(damaged));
    };
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at] ^= 1 << (at % 8);
      expect(await failure(flipped)).toMatch(/^FormatError: damaged\.lexw: /);
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        expect(await failure(whole.subarray(0, length))).toMatch(/^FormatError: damaged\.lexw: /);
      }),
      { numRuns: 50 },
    );
    const version = Buffer.from(whole);
    version.writeUInt32LE(2, 4);
    expect(await failure(version)).toMatchInlineSnapshot(`
      "FormatError: damaged.lexw: byte 4: version 2; this version of Lexel reads version 1
      Pack the vectors again with this program."
    `);
    const renamed = Buffer.from(whole);
    renamed[0] = 0x4d;
    expect(await failure(renamed)).toMatchInlineSnapshot(`
      "FormatError: damaged.lexw: byte 0: not a packed word store ("LEXW" expected)
      Make one with \`lexel words pack\`."
    `);
    expect(await failure(Buffer.concat([whole, Buffer.from('x')]))).toMatch(
      '1 bytes follow the end of the matrix',
    );
    const value = Buffer.from(whole);
    value[value.length - 8] ^= 1;
    expect(await failure(value)).toMatch('the checksum of the matrix differs');
  });
  it('refuses to write words that it could not read back', async () => {
    expect(await errorOf(() => writeStore(temp('c.lexw'), vectors({ 'a\nb': [1] })))).toMatch(
      'contains a line break',
    );
    const twice = { words: ['a', 'b', 'a'], dimension: 1, matrix: Float32Array.of(1, 2, 3), source: '' };
    expect(await errorOf(() => writeStore(temp('c.lexw'), twice))).toMatch('the word "a" occurs twice');
    expect(new WordVectors(twice, '').require('a')[0]).toBe(1);
  });
});

it('writes text that reads back to the same bits (property)', async () => {
  const value = fc.float({ noNaN: true, noDefaultInfinity: true });
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 2, maxLength: 8 }), async (values) => {
      const words = vectors({ a: values, b: values.toReversed() });
      const file = temp('w.txt');
      writeWords(file, words);
      expect((await readWords(file)).checksum).toBe(words.checksum);
    }),
    { numRuns: 60 },
  );
  expect(await errorOf(() => writeWords('x.csv', sample))).toMatchInlineSnapshot(
    `"UsageError: x.csv: word vectors are written as .lexw (packed) or .txt"`,
  );
  expect(await errorOf(() => writeWords(temp('x.txt'), sample))).toMatchInlineSnapshot(`
    "LexelError: the word ". ." contains a space, which the text format does not support
    Write a .lexw file instead."
  `);
});
