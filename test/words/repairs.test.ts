/** Faults that occur in published files: repaired and counted by default, refused by --strict. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readWords, repairText } from '../../src/words/index.js';
import { errorOf, temp } from './helpers.js';

type Options = Parameters<typeof readWords>[1];
let files = 0;
const read = (content: string | Uint8Array, options?: Options, name = `r${files++}.txt`) =>
  readWords(temp(name, content), options);
const failure = (content: string | Uint8Array, options?: Options, name = 'x.txt') =>
  errorOf(() => read(content, options, name));
const said = async (content: string | Uint8Array, options?: Options, name?: string) =>
  (await read(content, options, name)).repairs.map(repairText);

function binary(rows: [string, number[]][], newline: boolean, count = rows.length): Buffer {
  const parts = rows.flatMap(([word, values]) => [
    Buffer.from(`${word} `),
    Buffer.from(Float32Array.from(values).buffer),
    Buffer.from(newline ? '\n' : ''),
  ]);
  return Buffer.concat([Buffer.from(`${count} ${rows[0]?.[1].length ?? 25}\n`), ...parts]);
}

describe('text files are repaired, and repairs are counted and reported', () => {
  it('keeps the first vector of a repeated word', async () => {
    const text = 'a 1 2\nb 3 4\na 5 6\nb 7 8\na 9 9\nc 0 1\n';
    const words = await read(text);
    expect(words.words).toEqual(['a', 'b', 'c']);
    expect([...words.matrix]).toEqual([1, 2, 3, 4, 0, 1]);
    expect(words.repairs).toEqual([{ what: 'repeated', count: 3, first: 'line 3, "a"' }]);
    expect(await said(`6 2\n${text}`)).toEqual([
      '3 repeated words passed over; the first vector of each word is kept (first: line 4, "a")',
    ]);
    expect(await failure(text, { strict: true })).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 3, "a": this word occurred before
      Without --strict it is repaired and counted."
    `);
  });
  it('accepts a word that is a single blank', async () => {
    for (const text of ['a 1 2\n  3 4\nb 5 6\n', 'a 1 2\n 3 4\nb 5 6\n', ' 1 2\na 3 4\nb 5 6\n']) {
      const words = await read(text);
      expect([...words.words].sort()).toEqual([' ', 'a', 'b']);
      expect(words.repairs.map(({ what, count }) => ({ what, count }))).toEqual([
        { what: 'blank', count: 1 },
      ]);
    }
    expect([...(await read('a 1 2\n  3 4\n')).require(' ')]).toEqual([3, 4]);
    expect(await said('a 1 2\n  3 4\nb 5 6\n 7 8\n  9 9\n')).toEqual([
      'a blank word, kept as " " (line 2)',
      '2 repeated words passed over; the first vector of each word is kept (first: line 4, " ")',
    ]);
    expect(await failure('a 1 2\n  3 4\n', { strict: true })).toMatch('line 2: the line starts with a blank');
  });
  it('reads the vector from the right if a word contains blanks before digits', async () => {
    const words = await read('cat 0.1 0.2\nboeing 747 0.3 0.4\n1 1/2 5 6\n10 000 000 7 8\n. . . 9 9\n');
    expect(words.words).toEqual(['cat', 'boeing 747', '1 1/2', '10 000 000', '. . .']);
    expect([...words.require('boeing 747')]).toEqual([Math.fround(0.3), Math.fround(0.4)]);
    expect([...words.require('10 000 000')]).toEqual([7, 8]);
    expect(words.repairs).toEqual([{ what: 'spaced', count: 2, first: 'line 2, "boeing 747"' }]);
    expect(await failure('a 1 2\nboeing 747 3 4\n', { strict: true })).toMatch('line 2, "boeing 747": ');
    expect((await read('a 1 2\n. . . 3 4\nat name@domain.com 5 6\n', { strict: true })).count).toBe(3);
  });
  it('finds the dimension even if the first word contains blanks and digits', async () => {
    const words = await read('boeing 747 0.1 0.2\ncat 0.3 0.4\ndog 0.5 0.6\n');
    expect(words.words).toEqual(['boeing 747', 'cat', 'dog']);
    expect((await read('. . . 1 2\ncat 3 4\n')).words).toEqual(['. . .', 'cat']);
    expect((await read('2 2\nboeing 747 0.1 0.2\ncat 0.3 0.4\n')).words).toEqual(['boeing 747', 'cat']);
  });
  it('refuses two sets in one file and a wrong header, and does not read them as words with numbers', async () => {
    const wide = Array.from({ length: 20 }, (_, j) => j / 10).join(' ');
    expect(await failure(`a 1 2 3\nb 1 2 3\nc ${wide}\n`)).toMatchInlineSnapshot(
      `"FormatError: x.txt: line 3, "c": 20 numbers, but the first word has 3"`,
    );
    expect(await failure('3 2\na 1 2 3\nb 1 2 3\nc 1 2 3\n')).toMatchInlineSnapshot(`
      "FormatError: x.txt: 3 of 3 words have more numbers than the header's 2 (first: line 2, "a 1")
      The dimension in the header is wrong, or the file mixes two dimensions."
    `);
  });
  it('keeps more rows than the header declares', async () => {
    const words = await read('2 2\na 1 2\nb 3 4\nc 5 6\nd 7 8\n');
    expect(words.words).toEqual(['a', 'b', 'c', 'd']);
    expect(words.repairs).toEqual([{ what: 'surplus', count: 2, first: 'line 4, "c"' }]);
    expect(await failure('1 2\na 1 2\nb 3 4\n', { strict: true })).toMatch(
      'line 3, "b": the file contains more words than its header declares',
    );
  });
  it('refuses fewer rows than the header declares, unless allowShort is set', async () => {
    expect(await failure('3 2\na 1 2\nb 1 2\n')).toMatchInlineSnapshot(`
      "FormatError: x.txt: line 1 declares 3 words, the file contains 2
      Download the file again: it was probably cut short. --allow-short reads it up to there."
    `);
    for (const options of [{ allowShort: true }, { allowShort: true, strict: true }]) {
      const words = await read('3 2\na 1 2\nb 1 2\n', options);
      expect(words.count).toBe(2);
      expect(words.repairs.map(repairText)).toEqual([
        'cut short: 1 word is missing (line 1 declares 3 words, the file contains 2)',
      ]);
    }
    // Repeated rows count as rows, so nothing is missing here.
    expect(await said('3 2\na 1 2\nb 1 2\na 1 2\n', { allowShort: true })).toHaveLength(1);
  });
  it('reads the complete part of a cut last line or gzip file if allowShort is set', async () => {
    const text = Array.from({ length: 9000 }, (_, i) => `word${i} 0.25 ${(i % 97) / 128}\n`).join('');
    expect(await failure(text.slice(0, -9))).toMatch('--allow-short');
    const cut = await read(text.slice(0, -9), { allowShort: true });
    expect(cut.count).toBe(8999);
    expect(cut.repairs).toEqual([
      { what: 'cut', count: 1, first: 'after line 8999 (line 9000 has no line end and is omitted)' },
    ]);
    expect((await read('a 1 2\nb 3', { allowShort: true })).words).toEqual(['a']);
    const gz = gzipSync(text);
    expect(await failure(gz.subarray(0, -2000), undefined, 'x.gz')).toMatch('--allow-short');
    const half = await read(gz.subarray(0, gz.length >> 1), { allowShort: true });
    expect(half.count).toBeGreaterThan(1000);
    expect(half.repairs).toMatchObject([{ what: 'cut', count: 1 }]);
  });
  it('reports the number of missing words if a header declares it, else that it is unknown', async () => {
    const line = (i: number) => `word${i} 0.25 ${(i % 97) / 128}\n`;
    const text = Array.from({ length: 9000 }, (_, i) => line(i)).join('');
    const allowed = { allowShort: true };
    const unknown = (n: number) =>
      `cut short after line ${n} (line ${n + 1} has no line end and is omitted); the number of missing words is unknown`;
    const half = text.slice(0, text.indexOf('word4500') + 12);
    expect(await said(half, allowed)).toEqual([unknown(4500)]);
    expect(await said('a 1 2\nb 3 4\nc 5', allowed)).toEqual([unknown(2)]);
    for (const whole of ['a 1 2\nb 3 4\n', text]) expect(await said(`${whole}  `, allowed)).toEqual([]);
    expect(await said(`9000 2\n${half}`, allowed)).toEqual([
      'cut short: 4500 words are missing (line 1 declares 9000 words, the file contains 4500; ' +
        'line 4502 has no line end and is omitted)',
    ]);
    // Rows beyond the declared number do not count as missing.
    expect(await said('2 2\na 1 2\nb 3 4\nc 5', allowed)).toEqual([unknown(3)]);
    // A gzip file with the complete text, but without its checksum.
    const bare = gzipSync(text).subarray(0, -8);
    expect(await said(bare, allowed)).toEqual([
      'cut short after line 9000; the number of missing words is unknown',
    ]);
    const none = 'cut short: 0 words are missing (line 1 declares 9000 words, the file contains 9000)';
    expect(await said(gzipSync(`9000 2\n${text}`).subarray(0, -8), allowed)).toEqual([none]);
    expect(await said(gzipSync(`8999 2\n${text}`).subarray(0, -8), allowed)).toContain(
      'cut short after line 9001; the number of missing words is unknown',
    );
    const rows: [string, number[]][] = [
      ['cat', [0.25, -0.5]],
      ['dog', [0.5, 0.75]],
    ];
    expect(await said(gzipSync(binary(rows, true)).subarray(0, -8), allowed)).toEqual([
      'cut short: 0 words are missing (the header declares 2 words, the file contains 2)',
    ]);
    expect(await said(gzipSync(binary(rows, false, 1)).subarray(0, -8), allowed)).toContain(
      `cut short after byte ${binary(rows, false).length}; the number of missing words is unknown`,
    );
    // The dimension is not inferred from an incomplete line.
    const first = gzipSync('word 0.25 0.5 0.75\n', { level: 0 }).subarray(0, -14);
    expect(await failure(first, allowed, 'x.gz')).toMatch('x.gz: contains no complete line');
  });
  it("accepts a last line without a line end if the header's word count is reached", async () => {
    const lines = Array.from({ length: 9000 }, (_, i) => `word${i} 0.25 ${(i % 97) / 128}`);
    for (const [end, options] of [
      ['\n', {}],
      ['\r\n', {}],
      ['\r', {}],
      ['\n', { allowShort: true }],
    ] as const) {
      const text = ['9000 2', ...lines].join(end);
      const words = await read(text, options);
      expect(words.count).toBe(9000);
      expect([...words.require('word8999')]).toEqual([0.25, (8999 % 97) / 128]);
      expect(words.repairs).toEqual([{ what: 'unended', count: 1, first: 'line 9001' }]);
      expect(words.repairs.map(repairText)).toEqual([
        "the last line has no line end, but is kept because the header's word count is reached (line 9001)",
      ]);
      expect(await failure(text, { strict: true })).toMatch('line 9001: the last line has no line end');
      expect((await read(`${text}  `)).count).toBe(9000);
    }
    const cut = 'the last, has no line end: the file was cut short';
    expect(await failure(lines.join('\n'))).toMatch(cut);
    expect(await failure(['9001 2', ...lines].join('\n'))).toMatch(cut);
    expect(await failure(['8999 2', ...lines].join('\n'))).toMatch(cut);
    expect(await failure(['9000 2', ...lines.slice(1), 'word9000 0.25'].join('\n'))).toMatch('1 number');
    const short = await said(['9000 2', ...lines.slice(1), 'word9000 0.25'].join('\n'), { allowShort: true });
    expect(short).toHaveLength(1);
    expect(short[0]).toMatch(/^cut short: 1 word is missing .*line 9001 has no line end/);
  });
});

describe("a format is detected from the content, not from the file's ending", () => {
  const rows: [string, number[]][] = [
    ['cat', [0.25, -0.5, 0.125]],
    ['dog', [0.5, 0.75, -1]],
  ];
  const text = '2 3\ncat 0.25 -0.5 0.125\ndog 0.5 0.75 -1\n';
  it.each([
    ['binary named .w2v', 'a.w2v', binary(rows, true)],
    ['binary named .vec', 'a.vec', binary(rows, false)],
    ['gzipped binary named .txt', 'a.txt', gzipSync(binary(rows, true))],
    ['text named .bin', 'b.bin', Buffer.from(text)],
    ['text without a header named .bin', 'c.bin', Buffer.from(text.slice(4))],
    ['text named .gz', 'd.gz', Buffer.from(text)],
    ['UTF-16, little-endian', 'e.txt', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16, big-endian', 'f.txt', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['UTF-16 without its mark', 'g.txt', Buffer.from(text, 'utf16le')],
    ['gzipped UTF-16', 'h.txt.gz', gzipSync(Buffer.from(`\ufeff${text}`, 'utf16le'))],
    ['old Mac line ends', 'i.txt', Buffer.from(text.replaceAll('\n', '\r'))],
    ['old Mac line ends without a header', 'j.txt', Buffer.from(text.slice(4, -1).replaceAll('\n', '\r'))],
    ['Windows line ends', 'k.txt', Buffer.from(text.replaceAll('\n', '\r\n'))],
  ])('%s', async (_, name, content) => {
    const words = await readWords(temp(name, content), { strict: true });
    expect(words.words).toEqual(['cat', 'dog']);
    expect([...words.matrix]).toEqual(rows.flatMap(([, values]) => values));
    expect(words.repairs).toEqual([]);
  });
  it('detects a binary file whose first vector looks like digits', async () => {
    // Every "line" of such a file ends in a digit after a blank.
    const vectors: [string, number[]][] = ['1\n\x80?', ' 7\n>', ' 2\r?', '\n\x803?'].map((four, i) => {
      const first = Buffer.from(four, 'latin1').readFloatLE();
      return [`w${i}`, [first, 0.1, -0.3, i]];
    });
    for (const row of vectors) {
      for (const newline of [true, false]) {
        const words = await read(binary([row, ['other', [1, 2, 3, 4]]], newline), {}, 'a.bin');
        expect([...words.matrix]).toEqual([...row[1].map(Math.fround), 1, 2, 3, 4]);
      }
    }
  });
  it('detects such a binary file also without control bytes', async () => {
    const first = Buffer.from('\xc0 7\n', 'latin1').readFloatLE();
    expect((await read(binary([['cat', [0.1, first, -0.3]]], false), {}, 'a.bin')).words).toEqual(['cat']);
    expect((await read(Buffer.from('1 1\n\xe9 7\n', 'latin1'))).words).toEqual(['\\xe9']);
    expect(await failure(Buffer.from('1 3\n\xe9 7 8\n', 'latin1'))).toMatch(
      '2 numbers, but the header declares 3',
    );
  });
  it('detects text whose words contain control bytes, but refuses text with NUL bytes', async () => {
    const text = '2 3\nca\x01t 0.25 -0.5 0.125\ndo\x1fg 0.5 0.75 -1\n';
    expect((await read(text)).words).toEqual(['ca\x01t', 'do\x1fg']);
    expect((await read('2 3\nboeing 747 1 2 3\nb\x02 1 2 3\n')).words).toEqual(['boeing 747', 'b\x02']);
    expect(await failure('2 3\ncat 0.25 -0.5 0.125\nd\0g 0.5 0.75 -1\n')).toMatch(
      'FormatError: x.txt: byte ',
    );
  });
  it('names formats that it cannot read, and a remedy', async () => {
    for (const level of ['1', '5', '9']) {
      expect(await failure(Buffer.from(`BZh${level}1AY&SY\x8a\0`, 'latin1'))).toMatch(
        'is compressed in a format other than gzip',
      );
    }
    const fasttext = Buffer.alloc(64);
    fasttext.writeInt32LE(793712314);
    fasttext.writeInt32LE(12, 4);
    expect(await failure(fasttext, undefined, 'cc.en.300.bin')).toMatchInlineSnapshot(`
      "FormatError: cc.en.300.bin: is a fastText model, not a file of word vectors
      Use its .vec file, or write one: \`fasttext print-word-vectors model.bin < words.txt > words.vec\`."
    `);
    expect(await failure(gzipSync(fasttext), undefined, 'cc.en.300.bin.gz')).toMatch('is a fastText model');
    expect(await failure(Buffer.from('\x80\x04\x95abc', 'latin1'))).toMatch('is a Python pickle');
    expect(await failure(Buffer.from('\x93NUMPY\x01\x00', 'latin1'))).toMatch('is a NumPy array');
    expect(await failure(Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), Buffer.alloc(40)]))).toMatch(
      'UTF-32',
    );
    expect(await failure(Buffer.from([1, 2, 0, 0, 0, 9, 10, 3]))).toMatchInlineSnapshot(`
      "FormatError: x.txt: byte 2: is neither text nor word2vec's binary format, which starts with "count dimension"
      Word vectors are read as GloVe or word2vec text, word2vec binary, or a packed store (.lexw)."
    `);
  });
});

describe('word2vec binary', () => {
  const rows: [string, number[]][] = [
    ['cat', [0.25, -0.5, 0.125]],
    ['dog', [0.5, 0.75, -1]],
    ['cat', [9, 9, 9]],
  ];
  it('is repaired like text', async () => {
    for (const newline of [true, false]) {
      const words = await read(binary(rows, newline, 1));
      expect(words.words).toEqual(['cat', 'dog']);
      expect([...words.matrix]).toEqual(rows.slice(0, 2).flatMap(([, values]) => values));
      expect(words.repairs.map(({ what, count }) => [what, count])).toEqual([
        ['surplus', 2],
        ['repeated', 1],
      ]);
      expect(await failure(binary(rows, newline), { strict: true })).toMatch(
        '"cat": this word occurred before',
      );
      expect(await failure(binary(rows, newline, 5))).toMatch('--allow-short');
      const short = await said(binary(rows, newline, 5), { allowShort: true });
      expect(short).toContain(
        'cut short: 2 words are missing (the header declares 5 words, the file contains 3)',
      );
      expect((await read(binary(rows, newline).subarray(0, -6), { allowShort: true })).count).toBe(2);
    }
  });
  it('is refused if bytes are missing or superfluous', async () => {
    const names = ['the', 'horse', 'of', 'Queen', 'naïve', '2024', 'maple', 'in', 'telephone', 'a'];
    let state = 7;
    const draw = (n: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const d = 25;
    const table = Array.from({ length: 60 }, (_, i): [string, number[]] => [
      `${names[i % names.length]}${i >= names.length ? i : ''}`,
      Array.from({ length: d }, () => (draw(2001) - 1000) / 777),
    ]);
    for (const newline of [true, false]) {
      const whole = binary(table, newline);
      expect((await read(whole)).count).toBe(60);
      const passed: string[] = [];
      for (let k = 0; k < 50; k++) {
        const row = draw(58);
        // Within the vector, where enough bytes follow the dropped one.
        const at =
          binary(table.slice(0, row), newline, 60).length + table[row][0].length + 1 + draw(d * 4 - 3);
        const bytes = 1 + draw(4);
        const added = Buffer.from(Array.from({ length: bytes }, () => draw(256)));
        const rest = k % 2 ? [whole.subarray(at + bytes)] : [added, whole.subarray(at)];
        try {
          await read(
            Buffer.concat([whole.subarray(0, at), ...rest]),
            { allowShort: k % 3 === 0 },
            'shifted.bin',
          );
          passed.push(`${k % 2 ? 'dropped' : 'added'} ${bytes} at ${at}`);
        } catch (error) {
          expect((error as Error).name).toBe('FormatError');
        }
      }
      // Without newlines "?off" may be a word or the last byte of a float before "off".
      expect(passed.slice(newline ? 0 : 3)).toEqual([]);
    }
  });
  it('may contain words that are not UTF-8: cut within a character, or in another encoding', async () => {
    const [head, ...parts] = ['3 1\n', '\xe9cole ', '\xe4\xb8\xad\xe5\xbd ', 'Z\xfcrich '];
    const bytes = parts.flatMap((word) => [
      Buffer.from(word, 'latin1'),
      Buffer.from(Float32Array.of(0.5).buffer),
    ]);
    expect((await read(Buffer.concat([Buffer.from(head), ...bytes]))).words).toEqual([
      '\\xe9cole',
      '\\xe4\\xb8\\xad\\xe5\\xbd',
      'Z\\xfcrich',
    ]);
  });
});
