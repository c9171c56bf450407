import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readSafetensors, type Tensor, toHalf, writeSafetensors } from '../../src/formats/index.js';
import { FormatError, LexelError } from '../../src/util/errors.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-safetensors-'));
afterAll(() => rmSync(dir, { recursive: true }));
const file = join(dir, 'a.safetensors');

/** A file with this header (JSON value or raw text) and this much data. */
function craft(header: unknown, dataLength: number, headerLength?: number): void {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerLength ?? json.length));
  writeFileSync(file, Buffer.concat([length, json, Buffer.alloc(dataLength)]));
}
const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

const empty = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, f32([0], 0, 0)]));

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
const tensors = shapes.chain((shape): fc.Arbitrary<Tensor> => {
  const count = shape.reduce((product, size) => product * size, 1);
  const size = { minLength: count, maxLength: count };
  return fc.oneof(
    fc.float32Array(size).map((data): Tensor => ({ dtype: 'F32', shape, data })),
    fc.uint16Array(size).map((data): Tensor => ({ dtype: 'F16', shape, data })),
    fc.float64Array(size).map((data): Tensor => ({ dtype: 'F64', shape, data })),
    fc.int16Array(size).map((data): Tensor => ({ dtype: 'I16', shape, data })),
    fc.uint16Array(size).map((data): Tensor => ({ dtype: 'U16', shape, data })),
    fc.int32Array(size).map((data): Tensor => ({ dtype: 'I32', shape, data })),
    fc.uint8Array(size).map((data): Tensor => ({ dtype: 'U8', shape, data })),
  );
});

describe('safetensors', () => {
  test('round trip of any tensors and metadata, aligned', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), tensors, { maxKeys: 5 }),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        (given, metadata) => {
          const map = new Map(Object.entries(given).filter(([name]) => name !== '__metadata__'));
          writeSafetensors(file, map, metadata);
          const back = readSafetensors(file);
          expect(back.metadata).toEqual({ ...metadata });
          expect(new Set(back.tensors.keys())).toEqual(new Set(map.keys()));
          for (const [name, tensor] of map) expect(back.tensors.get(name)).toEqual(tensor);
          expect(readFileSync(file).readBigUInt64LE(0) % 8n).toBe(0n);
        },
      ),
      { numRuns: 150 },
    );
    expect(readdirSync(dir)).toEqual(['a.safetensors']);
  });

  test('wide types come first in any given order, so that a mapped file is aligned', () => {
    writeSafetensors(
      file,
      new Map<string, Tensor>([
        ['odd', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
        ['half', { dtype: 'F16', shape: [1], data: toHalf([1]) }],
        ['float', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }],
      ]),
    );
    const bytes = readFileSync(file);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
    expect(header.float.data_offsets).toEqual([0, 4]);
    expect(header.half.data_offsets).toEqual([4, 6]);
    expect(header.odd.data_offsets).toEqual([6, 9]);
  });

  test.each<[string, () => void, RegExp]>([
    ['empty', () => writeFileSync(file, ''), /0 bytes are too few/],
    ['header longer than the file', () => craft({}, 0, 1000), /its header should have 1000 bytes/],
    ['absurd header length', () => writeFileSync(file, Buffer.alloc(16, 0xff)), /its header should have/],
    ['header is not JSON', () => craft('{"a": ', 0), /header is not JSON/],
    ['header is not an object', () => craft([1], 0), /not a JSON object/],
    ['unknown dtype', () => craft({ a: { ...f32([1], 0, 8), dtype: 'I64' } }, 8), /"a" has type I64/],
    ['missing field', () => craft({ a: { dtype: 'F32', shape: [1] } }, 4), /tensor "a".*data_offsets/],
    ['negative offset', () => craft({ a: f32([1], -4, 0) }, 4), /tensor "a"/],
    ['fractional shape', () => craft({ a: f32([0.5], 0, 2) }, 2), /tensor "a"/],
    ['offsets reversed', () => craft({ a: f32([1], 4, 0) }, 4), /offsets span -4/],
    [
      'shape and offsets differ',
      () => craft({ a: f32([2], 0, 4) }, 4),
      /needs 8 bytes, but its offsets span 4/,
    ],
    ['truncated', () => craft({ a: f32([2], 0, 8) }, 4), /ends at byte 8, but the file has only 4 bytes/],
    ['oversized', () => craft({ a: f32([1], 0, 4) }, 6), /2 bytes after the last tensor/],
    ['hole', () => craft({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /4 bytes before tensor "b"/],
    ['overlap', () => craft({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8), /"b" overlaps/],
    ['metadata are not strings', () => craft({ __metadata__: { a: 1 } }, 0), /__metadata__/],
    ['too many tensors', () => craft(empty(65_537), 0), /has 65537 tensors, more than the limit of 65536/],
    [
      'too many dimensions',
      () => craft({ a: f32(Array(17).fill(1), 0, 4) }, 4),
      /"a": .*Too big.*<=16 items/,
    ],
    [
      'a shape beyond the largest integer',
      () => craft({ a: f32([2 ** 52, 2 ** 52], 0, 4) }, 4),
      /is too large for any file/,
    ],
    [
      'a header beyond its bound',
      () => craft({ __metadata__: { a: 'x'.repeat(2 ** 22) } }, 0),
      /its header has \d+ bytes, more than the limit of 4194304/,
    ],
    [
      'a name to overrun a terminal',
      () => craft({ [`\u001b[2J${'x'.repeat(999)}`]: 1 }, 0),
      /"\\u001b\[2Jx{96}…": /,
    ],
  ])('%s', (_, make, message) => {
    make();
    expect(() => readSafetensors(file)).toThrow(FormatError);
    expect(() => readSafetensors(file)).toThrow(message);
  });

  test('damage to a valid file is a FormatError or changes only values, and never crashes', () => {
    const good = new Map<string, Tensor>([
      ['a', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
      ['b', { dtype: 'I32', shape: [1], data: Int32Array.of(7) }],
    ]);
    writeSafetensors(file, good, { key: 'value' });
    const bytes = readFileSync(file);
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (at, flip, cut) => {
          const damaged = Buffer.from(cut ? bytes.subarray(0, at) : bytes);
          if (!cut) damaged[at] ^= flip;
          writeFileSync(file, damaged);
          try {
            const { tensors: found } = readSafetensors(file);
            expect(cut).toBe(false);
            for (const tensor of found.values()) {
              expect(tensor.data.length).toBe(tensor.shape.reduce((product, size) => product * size, 1));
            }
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test('refuses tensors that all claim the same bytes without allocating memory', () => {
    // 4 MiB, nearly all of it claimed by each of 2,000 tensors. An earlier version copied 8 GB here.
    const data = 4_000_000;
    craft(
      Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`t${i}`, f32([data / 4], 0, data)])),
      data,
    );
    const before = process.resourceUsage().maxRSS;
    expect(() => readSafetensors(file)).toThrow('tensor "t1" overlaps the one before it');
    const kilobytes = process.resourceUsage().maxRSS - before;
    expect(kilobytes).toBeLessThan(100 * 1024);
  });

  test('no such file', () => {
    expect(() => readSafetensors(join(dir, 'none'))).toThrow(LexelError);
    expect(() => readSafetensors(dir)).toThrow(/is a folder/);
  });

  test('refuses to write a file that it could not read back', () => {
    const data = Float32Array.of(1);
    expect(() => writeSafetensors(file, new Map([['a', { dtype: 'F32', shape: [2], data }]]))).toThrow(
      LexelError,
    );
    const long = { about: 'x'.repeat(2 ** 22) };
    expect(() => writeSafetensors(file, new Map(), long)).toThrow('exceeds the limit of 4194304');
    expect(() =>
      writeSafetensors(file, new Map([['__metadata__', { dtype: 'F32', shape: [1], data }]])),
    ).toThrow(LexelError);
  });
});
