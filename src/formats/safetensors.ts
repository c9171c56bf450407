/**
 * safetensors: a JSON header, then raw tensors (huggingface/safetensors, "Format"). Weights, checkpoints and kept
 * outputs use it, so that other tools can open them and nothing in the file can run.
 *
 *     u64 header length | JSON {"name": {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {...}} | data
 */
import { z } from 'zod';
import { FormatError, LexelError } from '../util/errors.js';
import { bytesOf, writeFileAtomic } from './atomic.js';
import { readBytes } from './read.js';

/** What can be stored. F16 data are bit patterns: see `toHalf` and `fromHalf`. */
export type Tensor =
  | { dtype: 'F64'; shape: readonly number[]; data: Float64Array }
  | { dtype: 'F32'; shape: readonly number[]; data: Float32Array }
  | { dtype: 'F16'; shape: readonly number[]; data: Uint16Array }
  | { dtype: 'I32'; shape: readonly number[]; data: Int32Array }
  | { dtype: 'I16'; shape: readonly number[]; data: Int16Array }
  | { dtype: 'U16'; shape: readonly number[]; data: Uint16Array }
  | { dtype: 'I8'; shape: readonly number[]; data: Int8Array }
  | { dtype: 'U8'; shape: readonly number[]; data: Uint8Array };

export interface SafetensorsFile {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Record<string, string>;
}

const ITEM_SIZE = { F64: 8, F32: 4, I32: 4, F16: 2, I16: 2, U16: 2, I8: 1, U8: 1 } as const;
const DTYPES = Object.keys(ITEM_SIZE).join(', ');
/** The reference implementation's limit: a larger header is damage or an attack. */
const MAX_HEADER = 100_000_000;

const Entry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

// These two by hand: zod's records leave out a key "__proto__", and with it a tensor of that name.
function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function isTextRecord(json: unknown): json is Record<string, string> {
  return isObject(json) && Object.values(json).every((value) => typeof value === 'string');
}

function isKnown(dtype: string): dtype is keyof typeof ITEM_SIZE {
  return Object.hasOwn(ITEM_SIZE, dtype);
}

function productOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A typed array of its own (aligned, and not holding the whole file in memory) over a copy of `bytes`. */
function tensorFrom(dtype: keyof typeof ITEM_SIZE, shape: readonly number[], bytes: Uint8Array): Tensor {
  const buffer = new ArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  switch (dtype) {
    case 'F64':
      return { dtype, shape, data: new Float64Array(buffer) };
    case 'F32':
      return { dtype, shape, data: new Float32Array(buffer) };
    case 'F16':
      return { dtype, shape, data: new Uint16Array(buffer) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(buffer) };
    case 'I16':
      return { dtype, shape, data: new Int16Array(buffer) };
    case 'U16':
      return { dtype, shape, data: new Uint16Array(buffer) };
    case 'I8':
      return { dtype, shape, data: new Int8Array(buffer) };
    case 'U8':
      return { dtype, shape, data: new Uint8Array(buffer) };
  }
}

function readHeader(file: string, bytes: Buffer): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8)
    throw new FormatError(file, `${bytes.length} bytes are too few for a safetensors file`);
  const length = bytes.readBigUInt64LE(0);
  if (length > BigInt(MAX_HEADER) || Number(length) > bytes.length - 8) {
    throw new FormatError(
      file,
      `says its header has ${length} bytes, the file has ${bytes.length}`,
      'It is cut off, or not a safetensors file.',
    );
  }
  const start = 8 + Number(length);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
  } catch {
    throw new FormatError(file, 'its header is not JSON', 'It is damaged, or not a safetensors file.');
  }
  if (!isObject(json)) throw new FormatError(file, 'its header is not a JSON object');
  return { header: json, start };
}

/** Reads every tensor of a file; throws as {@link parseSafetensors}, and FormatError when the file cannot be read. */
export function readSafetensors(file: string): SafetensorsFile {
  return parseSafetensors(file, readBytes(file));
}

/**
 * Every tensor of a file's content.
 * @param file what the bytes are of, for messages
 * @throws FormatError when the header is damaged, a dtype is unknown here, an offset does not fit its shape, or the tensors overlap,
 *   leave gaps or do not cover the data exactly.
 */
export function parseSafetensors(file: string, bytes: Buffer): SafetensorsFile {
  const { header, start } = readHeader(file, bytes);
  const dataLength = bytes.length - start;
  const metadata = header.__metadata__ ?? {};
  if (!isTextRecord(metadata)) throw new FormatError(file, '__metadata__ is not an object of strings');

  const tensors = new Map<string, Tensor>();
  const ranges: { name: string; begin: number; end: number }[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const entry = Entry.safeParse(value);
    if (!entry.success) {
      throw new FormatError(file, `tensor "${name}": ${z.prettifyError(entry.error).replaceAll('\n', ' ')}`);
    }
    const { dtype, shape, data_offsets } = entry.data;
    const [begin, end] = data_offsets;
    if (!isKnown(dtype)) {
      throw new FormatError(file, `tensor "${name}" is of type ${dtype}; read here are ${DTYPES}`);
    }
    const wanted = productOf(shape) * ITEM_SIZE[dtype];
    if (end - begin !== wanted) {
      throw new FormatError(
        file,
        `tensor "${name}": ${dtype} [${shape.join(', ')}] needs ${wanted} bytes, its offsets span ${end - begin}`,
      );
    }
    if (end > dataLength) {
      throw new FormatError(
        file,
        `tensor "${name}" ends at byte ${end} of ${dataLength} bytes of data`,
        'The file is cut off: make it again.',
      );
    }
    ranges.push({ name, begin, end });
    tensors.set(name, tensorFrom(dtype, shape, bytes.subarray(start + begin, start + end)));
  }

  ranges.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of ranges) {
    if (begin < covered) throw new FormatError(file, `tensor "${name}" overlaps the one before it`);
    if (begin > covered)
      throw new FormatError(file, `${begin - covered} bytes before tensor "${name}" belong to none`);
    covered = end;
  }
  if (covered !== dataLength) {
    throw new FormatError(file, `${dataLength - covered} bytes after the last tensor belong to none`);
  }
  return { tensors, metadata };
}

/** Writes tensors and string metadata, atomically; throws as {@link safetensorsChunks}. */
export function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  writeFileAtomic(file, safetensorsChunks(file, tensors, metadata));
}

/**
 * The content of a file, in chunks that follow each other. Wider types come first, so that every tensor is aligned in a
 * mapped file; within a type the map's order is kept.
 * @throws LexelError when a shape's product is not the data's length.
 */
export function safetensorsChunks(
  file: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  // A map and fromEntries, not plain assignment: a tensor named "__proto__" must stay a tensor.
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  const chunks: Uint8Array[] = [];
  const sorted = [...tensors].sort(([, a], [, b]) => ITEM_SIZE[b.dtype] - ITEM_SIZE[a.dtype]);
  let offset = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    if (name === '__metadata__') throw new LexelError(`${file}: no tensor may be called "__metadata__"`);
    if (productOf(shape) !== data.length) {
      throw new LexelError(
        `${file}: tensor "${name}" of shape [${shape.join(', ')}] has ${data.length} numbers`,
      );
    }
    const end = offset + data.byteLength;
    entries.push([name, { dtype, shape, data_offsets: [offset, end] }]);
    chunks.push(bytesOf(data));
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return [length, padded, ...chunks];
}
