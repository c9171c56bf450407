import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCifar10, readCifar100 } from '../../src/data/cifar.js';
import { FormatError } from '../../src/util/errors.js';
import { planar, temporary, writeCifar100 } from './helpers.js';

const RECORD = 3074;
let dir: string;
beforeAll(async () => {
  dir = await temporary();
  await writeCifar100(dir, 120, 30);
});

/** Calls a function with one file replaced, then restores the file. */
async function withFile<T>(name: string, bytes: Buffer | string | null, action: () => T): Promise<T> {
  const file = join(dir, name);
  const old = await readFile(file);
  if (bytes === null) await rm(file);
  else await writeFile(file, bytes);
  try {
    return action();
  } finally {
    await writeFile(file, old);
  }
}

const problem = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).hint).toBeTruthy();
    return (error as Error).message.replace(`${dir}/`, '');
  }
  return 'no error';
};
const read = () => readCifar100(dir, { subset: true });

describe('readCifar100', () => {
  it('turns planes into channels-last pixels in shared memory', () => {
    const { train, test, classes, superclasses, superclassOf } = read();
    expect([train.count, test.count, train.size]).toEqual([120, 30, 32]);
    expect(train.pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(train.labels[3]).toBe(21);
    for (const [i, y, x, c] of [
      [0, 0, 0, 0],
      [5, 31, 2, 1],
      [119, 7, 31, 2],
    ]) {
      const value = (i * 31 + y * 5 + x * 3 + c * 11) & 255;
      expect(train.pixels[i * 3072 + (y * 32 + x) * 3 + c]).toBe(value);
    }
    expect(classes[42]).toBe('class_42');
    expect(superclasses).toHaveLength(20);
    expect(superclassOf[42]).toBe(2);
  });

  it('reads a subset only on request', () => {
    expect(problem(() => readCifar100(dir))).toBe(
      'train.bin: ends at byte 368880: 120 images, expected 50000',
    );
  });

  it('names the fault, the file and the byte', async () => {
    const train = await readFile(join(dir, 'train.bin'));
    const changed = (at: number, value: number) => {
      const copy = Buffer.from(train);
      copy[at] = value;
      return copy;
    };
    const tell = (name: string, bytes: Buffer | string | null) => withFile(name, bytes, () => problem(read));
    expect(await tell('train.bin', train.subarray(0, 5 * RECORD + 100))).toBe(
      'train.bin: cut short or damaged: 15470 bytes are not a whole number of 3074-byte records: 100 bytes from byte 15370 on are not a whole image',
    );
    expect(await tell('test.bin', Buffer.alloc(10001 * RECORD))).toBe(
      'test.bin: contains 10001 images, expected at most 10000',
    );
    expect(await tell('train.bin', Buffer.alloc(0))).toBe('train.bin: is empty');
    expect(await tell('train.bin', null)).toBe('train.bin: no such file');
    expect(await tell('train.bin', changed(2 * RECORD + 1, 100))).toBe(
      'train.bin: class label 100 at byte 6149 is not below 100',
    );
    expect(await tell('train.bin', changed(2 * RECORD, 20))).toBe(
      'train.bin: superclass label 20 at byte 6148 is not below 20',
    );
    expect(await tell('train.bin', changed(100 * RECORD, 7))).toBe(
      'train.bin: class 0 has superclass 7 at byte 307400, but 0 before',
    );
    expect(await tell('fine_label_names.txt', 'one\ntwo\n')).toBe(
      'fine_label_names.txt: contains 2 names, expected 100',
    );
    expect(await tell('coarse_label_names.txt', null)).toBe('coarse_label_names.txt: no such file');
    const double = Array.from({ length: 100 }, (_, i) => `n${i % 99}`).join('\n');
    expect(await tell('fine_label_names.txt', double)).toContain('fine_label_names.txt: names "n0" twice');
  });

  it('refuses a pipe instead of waiting for its writer', async () => {
    const folder = await temporary();
    await writeCifar100(folder, 3, 2);
    for (const name of ['test.bin', 'fine_label_names.txt']) {
      await rm(join(folder, name));
      if (spawnSync('mkfifo', [join(folder, name)]).status !== 0)
        return console.warn('skipped: no mkfifo here');
      expect(() => readCifar100(folder, { subset: true })).toThrow(
        `${name}: cannot be read (is a pipe, not a file)`,
      );
    }
  });

  it('reads a complete file, or throws an error that names the fault', async () => {
    const train = await readFile(join(dir, 'train.bin'));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: train.length + 5000 }), async (length) => {
        const bytes = Buffer.alloc(length);
        train.copy(bytes);
        const text = await withFile('train.bin', bytes, () => problem(read));
        // Records past the end are zeros, which are valid: class 0 of superclass 0.
        expect(text === 'no error').toBe(length > 0 && length % RECORD === 0);
      }),
      { numRuns: 40, examples: [[0], [RECORD], [RECORD - 1], [train.length]] },
    );
  });
});

describe('readCifar10', () => {
  it('joins the five batches in order', async () => {
    const own = join(dir, 'ten');
    await mkdir(own);
    const names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
    await writeFile(join(own, 'batches.meta.txt'), names.join('\n'));
    for (const n of [1, 2, 3, 4, 5]) {
      await writeFile(join(own, `data_batch_${n}.bin`), Buffer.concat([Buffer.from([n]), planar(() => n)]));
    }
    expect(problem(() => readCifar10(own, { subset: true }))).toBe('ten/test_batch.bin: no such file');
    await writeFile(join(own, 'test_batch.bin'), Buffer.concat([Buffer.from([9]), planar(() => 9)]));
    const { train, test, classes, superclasses } = readCifar10(own, { subset: true });
    expect([...train.labels]).toEqual([1, 2, 3, 4, 5]);
    expect(train.pixels[4 * 3072 + 17]).toBe(5);
    expect(test.count).toBe(1);
    expect(classes).toEqual(names);
    expect(superclasses).toEqual([]);
    expect(problem(() => readCifar10(own))).toContain('1 images, expected 10000');
    await writeFile(join(own, 'test_batch.bin'), Buffer.concat([Buffer.from([10]), planar(() => 9)]));
    expect(problem(() => readCifar10(own, { subset: true }))).toContain('class label 10 at byte 0');
  });
});
