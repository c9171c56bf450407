/**
 * NumPy's .npy, version 1, little-endian float32 in C order: a simple way to exchange matrices with other tools.
 * Format: numpy.org, "NEP 1: a simple file format for NumPy arrays".
 */
import { FormatError, LexelError } from '../util/errors.js';
import { writeFileAtomic } from './atomic.js';
import { bytesOf } from './bytes.js';
import { readBytes } from './read.js';

const MAGIC = '\x93NUMPY';
const PREFIX = 10;

export interface NpyArray {
  readonly shape: number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * Reads a float32 array.
 * @throws FormatError if the file cannot be read, is not a version 1 .npy of little-endian float32 in C order, or its
 *   length does not match the header
 */
export function readNpy(file: string): NpyArray {
  const bytes = readBytes(file);
  if (bytes.length < PREFIX || bytes.toString('latin1', 0, 6) !== MAGIC) {
    throw new FormatError(file, 'is not an .npy file (its first bytes are not "\\x93NUMPY")');
  }
  if (bytes[6] !== 1)
    throw new FormatError(file, `.npy version ${bytes[6]}.${bytes[7]} is not supported, only 1.0`);
  const start = PREFIX + bytes.readUInt16LE(8);
  if (start > bytes.length) throw new FormatError(file, 'is cut off inside the header');
  const header = bytes.toString('latin1', PREFIX, start);
  const dtype = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const dims = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (dtype === undefined || order === undefined || dims === undefined) {
    throw new FormatError(
      file,
      `its header lacks descr, fortran_order or shape: ${header.trim().slice(0, 120)}`,
    );
  }
  if (dtype !== '<f4') {
    throw new FormatError(
      file,
      `has type ${dtype}; only <f4 is supported`,
      "Convert it with numpy's astype('<f4').",
    );
  }
  if (order !== 'False') {
    throw new FormatError(file, 'is in Fortran order', "Convert it with numpy's ascontiguousarray.");
  }
  const shape = dims
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  const wanted = shape.reduce((product, size) => product * size, 4);
  if (!Number.isSafeInteger(wanted) || bytes.length - start !== wanted) {
    throw new FormatError(
      file,
      `shape (${shape.join(', ')}) needs ${wanted} bytes of data, found ${bytes.length - start}`,
    );
  }
  const data = new Float32Array(wanted / 4);
  bytesOf(data).set(bytes.subarray(start));
  return { shape, data };
}

/** Writes `data` in C order, atomically. @throws LexelError if the shape does not match the data's length */
export function writeNpy(file: string, shape: readonly number[], data: Float32Array): void {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) {
    throw new LexelError(`${file}: shape (${shape.join(', ')}) does not match ${data.length} numbers`);
  }
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims}), }`;
  // The data start at a multiple of 64 bytes, and the header ends with a newline.
  const padded = `${dict.padEnd(Math.ceil((PREFIX + dict.length + 1) / 64) * 64 - PREFIX - 1)}\n`;
  const prefix = Buffer.alloc(PREFIX);
  prefix.write(MAGIC, 'latin1');
  prefix[6] = 1;
  prefix.writeUInt16LE(padded.length, 8);
  writeFileAtomic(file, [prefix, Buffer.from(padded, 'latin1'), bytesOf(data)]);
}
