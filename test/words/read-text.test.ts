import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecimalReader } from '../../src/words/decimal.js';
import { readWords } from '../../src/words/index.js';
import { errorOf, temp } from './helpers.js';

const read = (content: string | Uint8Array, name = 'x.txt') => readWords(temp(name, content));
const failure = (content: string | Uint8Array, name?: string) => errorOf(() => read(content, name));

describe('GloVe and word2vec text', () => {
  it('reads words and numbers', async () => {
    const words = await read("the 0.418 -1e-2 +3\n's .5 5. -0\n");
    expect(words.words).toEqual(['the', "'s"]);
    expect(words.dimension).toBe(3);
    expect([...words.matrix]).toEqual([Math.fround(0.418), Math.fround(-0.01), 3, 0.5, 5, -0]);
    expect(words.source).toBe('x.txt');
  });
  it('reads a word2vec header, tabs, line ends of Windows, trailing blanks and a byte order mark', async () => {
    const words = await read('\ufeff2 2\r\na\t1 2 \r\nb 3 4 \r\n\r\n');
    expect(words.words).toEqual(['a', 'b']);
    expect([...words.matrix]).toEqual([1, 2, 3, 4]);
    expect((await read('a 1 2\nb 3 4')).count).toBe(2);
  });
  it('reads gzip', async () => {
    expect((await read(gzipSync('a 1 2\nb 3 4\n'), 'x.txt.gz')).words).toEqual(['a', 'b']);
  });
  it('distinguishes words with spaces and words in invalid UTF-8', async () => {
    expect((await read('a 1 2\n. . . 3 4\nat me 5 6\n')).words).toEqual(['a', '. . .', 'at me']);
    const bytes = Buffer.from('\xff 1 2\n\xfe 3 4\n', 'latin1');
    expect((await read(bytes)).words).toEqual(['\\xff', '\\xfe']);
  });
  it('names the fault, its line and a remedy', async () => {
    expect(await failure('')).toMatchInlineSnapshot(
      `"FormatError: x.txt: is empty; expected one line per word"`,
    );
    expect(await failure('a 1 2\nb 1\n')).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 2, "b": 1 number, but the first word has 2
      If this is the last line, the file was cut short: download it again."
    `);
    expect(await failure('a 1 2\nb 1 nan\n')).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 2, "b", number 2: "nan" is not a finite float32
      Word vectors must be finite; remove or repair the line."
    `);
    expect(await failure('a 1 2\nb 1 1e39\n')).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 2, "b", number 2: "1e39" is not a finite float32
      Word vectors must be finite; remove or repair the line."
    `);
    expect(await failure('a 1 2\nb 1 two\n')).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 2, "b", number 2: "two" is not a number
      Word vectors must be finite; remove or repair the line."
    `);
    expect(await failure('a 1 2\n\nb 1 2\n')).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 2 is empty
      Remove the empty line."
    `);
    expect(await failure('hello\nworld\n')).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 1 contains no numbers after its word
      Expected "word x1 x2 …" on every line, as in GloVe or word2vec text files."
    `);
    expect(await failure('3 2\na 1 2\nb 1 2\n')).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 1 declares 3 words, the file contains 2
      Download the file again: it was probably cut short. --allow-short reads it up to there."
    `);
    expect(await failure('2 3\na 1 2\nb 1 2\n')).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 2, "a": 2 numbers, but the header declares 3
      If this is the last line, the file was cut short: download it again."
    `);
    expect(await failure('a 1 2\n b 1 2\n')).toMatchInlineSnapshot(
      `"FormatError: x.txt: line 2 starts with a space where its word should be"`,
    );
    expect(await failure(gzipSync('a 1 2\nb 3 4\n').subarray(0, 20), 'x.gz')).toMatchInlineSnapshot(`
      "FormatError: x.gz: is a damaged or incomplete gzip file (unexpected end of file)
      Download it again: it was probably cut short. --allow-short reads it up to there."
    `);
    expect(await failure('PK\x03\x04rest', 'glove.6B.zip')).toMatchInlineSnapshot(`
      "FormatError: glove.6B.zip: is a zip archive
      Unpack it and use one of its files."
    `);
    expect(await failure(Buffer.alloc(5 << 20, 7))).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 1 is longer than 4 MiB, so this is not a text file
      Word vectors are read as GloVe or word2vec text, word2vec binary, or a packed store (.lexw)."
    `);
    expect(await errorOf(() => readWords(temp('none.txt')))).toMatchInlineSnapshot(`
      "FormatError: none.txt: no such file
      \`--words\` takes a file, or a set by name: glove, glove:50, pack or shapes."
    `);
  });
  it('refuses a large file whose last number may be cut short', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `word${i} 0.25 0.125`).join('\n');
    expect(await failure(lines)).toMatch('line 5000, the last, has no line end: the file was cut short');
    expect((await read(`${lines}\n`)).count).toBe(5000);
  });
});

it('reads decimals as JavaScript does (property)', () => {
  const reader = new DecimalReader();
  const check = (text: string) => {
    const bytes = Buffer.from(text);
    const value = reader.read(bytes, 0, bytes.length);
    expect(value).toBe(Number(text));
    expect(reader.at).toBe(bytes.length);
  };
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => check(String(x))));
  fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => check(x.toPrecision(7))));
  fc.assert(fc.property(fc.integer(), fc.nat(30), (x, n) => check(`${x}.${'0'.repeat(n)}7`)));
  for (const text of ['', '-', '.', 'e5', '1e', 'nan', 'inf']) {
    expect(reader.read(Buffer.from(text), 0, text.length)).toBeNaN();
  }
});

it('reads back what was written, and throws a FormatError if the file is cut anywhere (property)', async () => {
  const digits = (x: number) => (Object.is(x, -0) ? '-0' : String(x));
  const number = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 });
  const row = fc.tuple(
    fc.stringMatching(/^[a-zé'-]{1,8}$/),
    fc.array(number, { minLength: 3, maxLength: 3 }),
  );
  const table = fc.uniqueArray(row, { minLength: 1, maxLength: 6, selector: ([word]) => word });
  await fc.assert(
    fc.asyncProperty(table, fc.double({ min: 0, max: 1, noNaN: true }), async (rows, cut) => {
      const text = rows.map(([word, values]) => `${word} ${values.map(digits).join(' ')}\n`).join('');
      const words = await read(text, 'p.txt');
      expect(words.words).toEqual(rows.map(([word]) => word));
      expect([...words.matrix]).toEqual(rows.flatMap(([, values]) => values));
      const header = `${rows.length} 3\n${text}`;
      // Only up to the last space: a cut within the last number cannot be detected.
      const length = Math.floor(cut * header.lastIndexOf(' '));
      expect(await failure(header.slice(0, length), 'c.txt')).toMatch(/^FormatError: c\.txt: /);
    }),
    { numRuns: 60 },
  );
});
