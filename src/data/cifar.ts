/**
 * Readers for the binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky, "Learning multiple layers of features
 * from tiny images", 2009). A record has one or two label bytes, then 32x32 pixels as three planes (red, green, blue).
 */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError } from '../util/errors.js';
import { openRegular, readRegular } from '../util/regular-file.js';
import { allocateSet, makeDataset } from './dataset.js';
import type { Dataset, ImageSet } from './types.js';

const SIZE = 32;
const PLANE = SIZE * SIZE;
const PIXELS = 3 * PLANE;
/** Records per read: a buffer of 3 MB, instead of memory for a whole file in addition to the images. */
const CHUNK = 1000;

export interface CifarOptions {
  /** Accept files with fewer records than the official ones, such as subsets made on purpose. Default false. */
  readonly subset?: boolean;
  /** Name of the data set. Default "cifar-100" or "cifar-10". */
  readonly name?: string;
}

/** The differences between the two layouts. */
interface Layout {
  readonly id: 'cifar-100' | 'cifar-10';
  /** Number of label bytes before the pixels; the last one is the class. */
  readonly labelBytes: 1 | 2;
  readonly classes: number;
  readonly superclasses: number;
}

const CIFAR_100: Layout = { id: 'cifar-100', labelBytes: 2, classes: 100, superclasses: 20 };
const CIFAR_10: Layout = { id: 'cifar-10', labelBytes: 1, classes: 10, superclasses: 0 };

/** The files of each layout. */
export const CIFAR_FILES = {
  'cifar-100': ['train.bin', 'test.bin', 'fine_label_names.txt', 'coarse_label_names.txt'],
  'cifar-10': [...[1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`), 'test_batch.bin', 'batches.meta.txt'],
} as const;

/**
 * Reads CIFAR-100 from `train.bin`, `test.bin`, `fine_label_names.txt` and `coarse_label_names.txt` in `dir`.
 * The superclass of a class is taken from the coarse label byte of its records.
 *
 * @throws FormatError with file and byte offset if a file is missing, truncated or too long, or a label is out of range.
 */
export function readCifar100(dir: string, options: CifarOptions = {}): Dataset {
  const classes = readNames(join(dir, 'fine_label_names.txt'), CIFAR_100.classes);
  const superclasses = readNames(join(dir, 'coarse_label_names.txt'), CIFAR_100.superclasses);
  const superclassOf = new Array<number>(classes.length).fill(-1);
  const read = (file: string, count: number) =>
    readRecords(CIFAR_100, [join(dir, file)], options.subset ? null : count, count, superclassOf);
  const train = read('train.bin', 50000);
  const test = read('test.bin', 10000);
  const unseen = superclassOf.indexOf(-1);
  if (unseen >= 0 && !options.subset) {
    throw new FormatError(join(dir, 'train.bin'), `has no image of class ${unseen} (${classes[unseen]})`);
  }
  return makeDataset({
    name: options.name ?? 'cifar-100',
    classes,
    superclasses,
    // A class without images, which is possible only in a subset, is assigned to the first superclass.
    superclassOf: superclassOf.map((s) => Math.max(0, s)),
    train,
    test,
  });
}

/**
 * Reads CIFAR-10 from `data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin` and `batches.meta.txt` in `dir`.
 *
 * @throws FormatError in the same cases as {@link readCifar100}.
 */
export function readCifar10(dir: string, options: CifarOptions = {}): Dataset {
  const classes = readNames(join(dir, 'batches.meta.txt'), CIFAR_10.classes);
  const read = (files: string[]) =>
    readRecords(
      CIFAR_10,
      files.map((file) => join(dir, file)),
      options.subset ? null : 10000,
      10000,
    );
  const train = read([1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`));
  const test = read(['test_batch.bin']);
  return makeDataset({ name: options.name ?? 'cifar-10', classes, train, test });
}

/** Reads the non-empty lines of a file of names. */
function readNames(file: string, count: number): string[] {
  const text = attempt(file, () => readRegular(file).toString('utf8'));
  const names = text.split(/\r?\n/).map((line) => line.trim());
  const filled = names.filter((name) => name !== '');
  if (filled.length !== count) {
    throw new FormatError(file, `contains ${filled.length} names, expected ${count}`, WAY_OUT);
  }
  const twice = filled.find((name, i) => filled.indexOf(name) !== i);
  if (twice !== undefined) throw new FormatError(file, `names "${twice}" twice`, WAY_OUT);
  return filled;
}

/** Reads all records of several files, in order. `exact`: required records per file; `most`: maximum per file. */
function readRecords(
  layout: Layout,
  files: readonly string[],
  exact: number | null,
  most: number,
  superclassOf?: number[],
): ImageSet {
  const record = layout.labelBytes + PIXELS;
  const handles: { file: string; fd: number; records: number }[] = [];
  try {
    for (const file of files) {
      const fd = attempt(file, () => openRegular(file));
      handles.push({ file, fd, records: 0 });
      handles[handles.length - 1].records = countRecords(file, fstatSync(fd).size, record, exact, most);
    }
    const set = allocateSet(
      handles.reduce((sum, handle) => sum + handle.records, 0),
      SIZE,
    );
    let at = 0;
    const buffer = Buffer.alloc(CHUNK * record);
    for (const { file, fd, records } of handles) {
      for (let first = 0; first < records; first += CHUNK) {
        const count = Math.min(CHUNK, records - first);
        readFully(file, fd, buffer, count * record, first * record);
        for (let i = 0; i < count; i++, at++) {
          const start = i * record;
          const place = (first + i) * record;
          set.labels[at] = readLabel(layout, buffer, start, file, place, superclassOf);
          interleave(buffer, start + layout.labelBytes, set.pixels, at * PIXELS);
        }
      }
    }
    return set;
  } finally {
    for (const { fd } of handles) closeSync(fd);
  }
}

const WAY_OUT =
  'Download the files again (lexel data get), or choose another directory with --data-dir; ' +
  'to read a subset made on purpose, pass its folder: --data <folder>.';

function countRecords(
  file: string,
  bytes: number,
  record: number,
  exact: number | null,
  most: number,
): number {
  const records = Math.floor(bytes / record);
  const rest = bytes % record;
  if (rest !== 0) {
    const cut = `${bytes} bytes are not a whole number of ${record}-byte records: ${rest} bytes from byte ${bytes - rest} on`;
    throw new FormatError(file, `cut short or damaged: ${cut} are not a whole image`, WAY_OUT);
  }
  if (records === 0) throw new FormatError(file, 'is empty', WAY_OUT);
  if (records > most)
    throw new FormatError(file, `contains ${records} images, expected at most ${most}`, WAY_OUT);
  if (exact !== null && records !== exact) {
    throw new FormatError(file, `ends at byte ${bytes}: ${records} images, expected ${exact}`, WAY_OUT);
  }
  return records;
}

/** Reads the class of the record at `start` of `buffer`; also stores or checks the class's superclass. */
function readLabel(
  layout: Layout,
  buffer: Buffer,
  start: number,
  file: string,
  place: number,
  superclassOf: number[] | undefined,
): number {
  const label = buffer[start + layout.labelBytes - 1];
  if (label >= layout.classes) {
    const problem = `class label ${label} at byte ${place + layout.labelBytes - 1} is not below ${layout.classes}`;
    throw new FormatError(file, problem, `Is this the ${layout.id} binary version? ${WAY_OUT}`);
  }
  if (!superclassOf) return label;
  const coarse = buffer[start];
  if (coarse >= layout.superclasses) {
    const problem = `superclass label ${coarse} at byte ${place} is not below ${layout.superclasses}`;
    throw new FormatError(file, problem, `Is this the ${layout.id} binary version? ${WAY_OUT}`);
  }
  if (superclassOf[label] === -1) superclassOf[label] = coarse;
  if (superclassOf[label] !== coarse) {
    const problem = `class ${label} has superclass ${coarse} at byte ${place}, but ${superclassOf[label]} before`;
    throw new FormatError(file, problem, WAY_OUT);
  }
  return label;
}

/** Converts three planes to interleaved channels. */
function interleave(source: Uint8Array, from: number, target: Uint8Array, to: number): void {
  for (let i = 0, r = from, out = to; i < PLANE; i++, r++, out += 3) {
    target[out] = source[r];
    target[out + 1] = source[r + PLANE];
    target[out + 2] = source[r + 2 * PLANE];
  }
}

function readFully(file: string, fd: number, buffer: Buffer, length: number, position: number): void {
  for (let done = 0; done < length; ) {
    const got = attempt(file, () => readSync(fd, buffer, done, length - done, position + done));
    if (got === 0) throw new FormatError(file, `ended at byte ${position + done} while being read`, WAY_OUT);
    done += got;
  }
}

function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new FormatError(
      file,
      code === 'ENOENT' ? 'no such file' : `cannot be read (${code ?? message})`,
      WAY_OUT,
    );
  }
}
