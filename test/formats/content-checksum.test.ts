import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  contentChecksum,
  parseSafetensors,
  readSafetensors,
  resealSafetensors,
  type Tensor,
  writeSafetensors,
} from '../../src/formats/index.js';
import { FormatError } from '../../src/util/errors.js';
import { unseal } from './unsealed.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-checksum-'));
afterAll(() => rmSync(dir, { recursive: true }));

const tensors = new Map<string, Tensor>([
  ['a', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, Number.NaN) }],
  ['5', { dtype: 'I32', shape: [1], data: Int32Array.of(7) }],
  ['__proto__', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
]);

function written(name: string, metadata: Record<string, string>): { file: string; bytes: Buffer } {
  const file = join(dir, name);
  writeSafetensors(file, tensors, metadata);
  return { file, bytes: readFileSync(file) };
}

describe('the checksum of a safetensors file', () => {
  it.each<[string, Record<string, string>]>([
    ['none', {}],
    ['some', { key: 'läbel "x" \u2028\ud800', __proto: '' }],
  ])('is SHA-256 of the same file without it: metadata %s', (name, metadata) => {
    const { file } = written(name, metadata);
    const { checksum } = readSafetensors(file);
    expect(readSafetensors(file).metadata).toEqual(metadata);
    unseal(file);
    expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(checksum);
    // So a file keeps its identity when a checksum is added.
    expect(contentChecksum(file)).toBe(checksum);
    const old = readSafetensors(file);
    expect(old.checksum).toBeNull();
    writeFileSync(file, resealSafetensors(readFileSync(file)));
    expect(readSafetensors(file)).toEqual({ ...old, checksum });
    expect(contentChecksum(file)).toBe(checksum);
  });

  it('detects every flipped bit, except in the name of its entry', () => {
    const { bytes } = written('bits', { key: 'value' });
    const whole = parseSafetensors('x', bytes);
    const name = bytes.indexOf('lexel.sha256') * 8;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      let error: unknown;
      try {
        // Then the file has no checksum, and nothing else is damaged.
        expect(parseSafetensors('x', damaged)).toMatchObject({ tensors: whole.tensors, checksum: null });
        expect(bit >= name && bit < name + 'lexel.sha256'.length * 8).toBe(true);
      } catch (thrown) {
        error = thrown;
      }
      if (error !== undefined) expect(error).toBeInstanceOf(FormatError);
    }
  });

  it('gives an error with the problem and the way out', () => {
    const { file, bytes } = written('named', {});
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(file, bytes);
    expect(() => readSafetensors(file)).toThrow(
      expect.objectContaining({
        message: `${file}: its checksum does not match its content`,
        hint: 'The file is damaged: copy it again from its source, or create it again.',
      }),
    );
    expect(() => contentChecksum(file)).toThrow(FormatError);
  });

  it('can be computed again after an intended change', () => {
    const { bytes } = written('resealed', { key: 'value' });
    expect(resealSafetensors(bytes)).toEqual(bytes);
    const changed = Buffer.from(bytes);
    changed[changed.length - 1] = 9;
    expect(() => parseSafetensors('x', changed)).toThrow(FormatError);
    const found = parseSafetensors('x', resealSafetensors(changed));
    expect(found.tensors.get('__proto__')?.data).toEqual(Uint8Array.of(1, 2, 9));
    expect(() => resealSafetensors(Buffer.from('nonsense, and no header'))).toThrow(FormatError);
  });
});
