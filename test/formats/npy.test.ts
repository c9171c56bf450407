import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../../src/formats/index.js';
import { FormatError, LexelError } from '../../src/util/errors.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-npy-'));
afterAll(() => rmSync(dir, { recursive: true }));
const file = join(dir, 'a.npy');

function npy(header: string, data: Uint8Array, version = 1): void {
  const prefix = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0\0\0`, 'latin1');
  prefix.writeUInt16LE(header.length, 8);
  writeFileSync(file, Buffer.concat([prefix, Buffer.from(header, 'latin1'), data]));
}
const head = (descr: string, shape: string, order = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

describe('npy', () => {
  test('round trip of any shape', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), (shape) => {
        const count = shape.reduce((product, size) => product * size, 1);
        const data = Float32Array.from({ length: count }, (_, i) => Math.fround(i * 0.37 - 1));
        writeNpy(file, shape, data);
        const back = readNpy(file);
        expect(back.shape).toEqual(shape);
        expect(back.data).toEqual(data);
        const bytes = readFileSync(file);
        expect((10 + bytes.readUInt16LE(8)) % 64).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('reads what NumPy writes', () => {
    npy(head('<f4', '(2, 1)'), new Uint8Array(new Float32Array([1.5, -2]).buffer));
    expect(readNpy(file)).toEqual({ shape: [2, 1], data: new Float32Array([1.5, -2]) });
  });

  test.each<[string, () => void, RegExp]>([
    ['no magic', () => writeFileSync(file, 'PK\x03\x04 and more bytes'), /not an \.npy file/],
    ['empty', () => writeFileSync(file, ''), /not an \.npy file/],
    ['version 2', () => npy(head('<f4', '(1,)'), new Uint8Array(4), 2), /version 2/],
    ['float64', () => npy(head('<f8', '(1,)'), new Uint8Array(8)), /has type <f8/],
    ['big endian', () => npy(head('>f4', '(1,)'), new Uint8Array(4)), /has type >f4/],
    ['Fortran order', () => npy(head('<f4', '(1,)', 'True'), new Uint8Array(4)), /Fortran order/],
    ['truncated', () => npy(head('<f4', '(3,)'), new Uint8Array(8)), /needs 12 bytes of data, found 8/],
    ['oversized', () => npy(head('<f4', '(1,)'), new Uint8Array(8)), /needs 4 bytes of data, found 8/],
    ['no shape', () => npy("{'descr': '<f4', 'fortran_order': False}", new Uint8Array(4)), /lacks descr/],
    ['absurd shape', () => npy(head('<f4', '(99999999999, 99999999999)'), new Uint8Array(4)), /needs/],
    [
      'header beyond the end',
      () => {
        npy(head('<f4', '(1,)'), new Uint8Array(4));
        writeFileSync(file, readFileSync(file).subarray(0, 30));
      },
      /cut off inside the header/,
    ],
  ])('%s', (_, make, message) => {
    make();
    expect(() => readNpy(file)).toThrow(FormatError);
    expect(() => readNpy(file)).toThrow(message);
  });

  test('refuses to write a shape that does not match the data', () => {
    expect(() => writeNpy(file, [2, 2], new Float32Array(3))).toThrow(LexelError);
  });
});
