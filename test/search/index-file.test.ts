import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { toHalf } from '../../src/formats/index.js';
import { type IndexTable, readIndex, writeIndex } from '../../src/search/index-file.js';
import { FormatError } from '../../src/util/errors.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-index-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = join(dir, 'a.lex');

function table(half: boolean): IndexTable {
  const values = Float32Array.of(0.6, 0.8, 0, 1, -1, 0);
  return {
    header: {
      count: 3,
      dimension: 2,
      dtype: half ? 'float16' : 'float32',
      root: '../photos',
      model: { file: '', sha256: 'ab'.repeat(32), network: 'lite', recipe: 'poster' },
      labels: ['cat', 'dog'],
      mu: [0.1, Math.fround(1 / 3)],
    },
    names: ['a.png', 'b c/ü.jpg', 'z.webp'],
    stats: Float64Array.of(10, 1700000000000.125, 20, 2, 30, 3),
    matrix: half ? toHalf(values) : values,
  };
}

describe('index files', () => {
  it.each([false, true])('preserve everything, with the matrix in shared memory (half: %s)', (half) => {
    writeIndex(file, table(half));
    const found = readIndex(file);
    expect(found).toEqual(table(half));
    expect(found.matrix.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('are refused with name and reason if truncated, extended, or any bit is flipped', () => {
    writeIndex(file, table(false));
    const whole = readFileSync(file);
    const damaged = join(dir, 'damaged.lex');
    const failure = (bytes: Uint8Array) => {
      writeFileSync(damaged, bytes);
      try {
        readIndex(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        expect((error as FormatError).hint).toMatch(/lexel index|this program/);
        return (error as Error).message.replace(`${dir}/`, '');
      }
      throw new Error('an error was expected');
    };
    fc.assert(
      fc.property(fc.nat(whole.length * 8 - 1), (bit) => {
        const flipped = Buffer.from(whole);
        flipped[bit >> 3] ^= 1 << (bit & 7);
        expect(failure(flipped)).toMatch(/^damaged\.lex: (byte|header|is cut)/);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        expect(failure(whole.subarray(0, length))).toMatch(/^damaged\.lex: (byte|is cut)/);
      }),
    );
    expect(failure(Buffer.concat([whole, Buffer.of(0)]))).toMatch('1 bytes follow the end of the matrix');
    expect(failure(whole.subarray(0, -1))).toMatch(/is cut short: \d+ of \d+ bytes/);
    expect(failure(Buffer.from('LEXW and more than that'))).toBe(
      'damaged.lex: byte 0: not an index of images ("LEXI" expected)',
    );
    const value = Buffer.from(whole);
    value[value.length - 1] ^= 0x80;
    expect(failure(value)).toMatch('the checksum of the matrix differs');
    expect(() => readIndex(join(dir, 'none.lex'))).toThrow('no such index');
  });

  it('are refused if their numbers are inconsistent', () => {
    const { header, ...rest } = table(false);
    writeIndex(file, { header: { ...header, count: 4 }, ...rest });
    expect(() => readIndex(file)).toThrow('header, stats: 48 bytes');
    writeIndex(file, { header, ...rest, names: ['a', 'b'] });
    expect(() => readIndex(file)).toThrow('contains 2 image names, but its header has a count of 3');
    writeIndex(file, { header: { ...header, mu: [0] }, ...rest });
    expect(() => readIndex(file)).toThrow('header, mu: 1 numbers, expected 2');
  });
});
