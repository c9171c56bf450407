/**
 * safetensors: a JSON header, then raw tensors (huggingface/safetensors, "Format"). It is used for weights, checkpoints
 * and kept outputs because other tools can open it and it cannot contain code.
 *
 *     u64 header length | JSON {"name": {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {...}} | data
 */
import { FormatError, LexelError } from '../util/errors.js';
import * as z from '../util/zod.js';
import { bytesOf } from './bytes.js';
import { sealed, verified } from './content-checksum.js';
import { type Header, metadataOf, splitHeader } from './safetensors-header.js';

/** The supported tensors. F16 data are bit patterns: see `toHalf` and `fromHalf`. */
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
  readonly metadata: Readonly<Record<string, string>>;
  /** Verified checksum (content-checksum.ts); null in files from other programs and from earlier versions of Lexel. */
  readonly checksum: string | null;
}

const ITEM_SIZE = { F64: 8, F32: 4, I32: 4, F16: 2, I16: 2, U16: 2, I8: 1, U8: 1 } as const;
const DTYPES = Object.keys(ITEM_SIZE).join(', ');
/**
 * Maximum number of tensors per file, and of dimensions per tensor. A checkpoint of `efficientnet-b0` has fewer than
 * 1,500 tensors with up to four dimensions.
 */
const MAX_TENSORS = 2 ** 16;
const MAX_RANK = 16;

const Entry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()).max(MAX_RANK),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

function isKnown(dtype: string): dtype is keyof typeof ITEM_SIZE {
  return Object.hasOwn(ITEM_SIZE, dtype);
}

function productOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Copies `bytes` into a new typed array, which is aligned and does not keep the whole file in memory. */
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

/**
 * Parses all tensors of a file's content. The whole header and the checksum, if there is one, are verified before any
 * tensor is copied.
 * @param file name of the file, for messages
 * @throws FormatError if the header is damaged or too long, a dtype is not supported, offsets do not match a shape, the
 *   tensors overlap, leave gaps or do not cover the data exactly, or the checksum differs
 */
export function parseSafetensors(file: string, bytes: Uint8Array): SafetensorsFile {
  const { header: whole, data } = splitHeader(file, bytes);
  const ranges = rangesOf(file, whole, data.length);
  const { checksum, header } = verified(file, whole, data);
  const tensors = new Map(
    ranges.map(({ name, dtype, shape, begin, end }) => [
      name,
      tensorFrom(dtype, shape, data.subarray(begin, end)),
    ]),
  );
  return { tensors, metadata: metadataOf(file, header), checksum };
}

interface Range {
  readonly name: string;
  readonly dtype: keyof typeof ITEM_SIZE;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The byte range of each tensor, in the header's order. Checks that the ranges cover the data exactly once. */
function rangesOf(file: string, header: Header, dataLength: number): Range[] {
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  if (entries.length > MAX_TENSORS)
    throw new FormatError(file, `has ${entries.length} tensors, more than the limit of ${MAX_TENSORS}`);
  const ranges = entries.map(([name, value]) => rangeOf(file, name, value, dataLength));
  let covered = 0;
  for (const { name, begin, end } of ranges.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) throw new FormatError(file, `tensor ${quoted(name)} overlaps the one before it`);
    if (begin > covered)
      throw new FormatError(
        file,
        `${begin - covered} bytes before tensor ${quoted(name)} belong to no tensor`,
      );
    covered = end;
  }
  if (covered !== dataLength) {
    throw new FormatError(file, `${dataLength - covered} bytes after the last tensor belong to no tensor`);
  }
  return ranges;
}

function rangeOf(file: string, name: string, value: unknown, dataLength: number): Range {
  const tensor = `tensor ${quoted(name)}`;
  const entry = Entry.safeParse(value);
  if (!entry.success) {
    throw new FormatError(file, `${tensor}: ${z.prettifyError(entry.error).replaceAll('\n', ' ')}`);
  }
  const { dtype, shape, data_offsets } = entry.data;
  const [begin, end] = data_offsets;
  if (!isKnown(dtype)) {
    throw new FormatError(file, `${tensor} has type ${dtype}; the supported types are ${DTYPES}`);
  }
  const wanted = productOf(shape) * ITEM_SIZE[dtype];
  if (!Number.isSafeInteger(wanted)) {
    throw new FormatError(file, `${tensor}: ${dtype} [${shape.join(', ')}] is too large for any file`);
  }
  if (end - begin !== wanted) {
    throw new FormatError(
      file,
      `${tensor}: ${dtype} [${shape.join(', ')}] needs ${wanted} bytes, but its offsets span ${end - begin}`,
    );
  }
  if (end > dataLength) {
    throw new FormatError(
      file,
      `${tensor} ends at byte ${end}, but the file has only ${dataLength} bytes of data`,
      'The file is cut off: create it again.',
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Shortens a name for a message and escapes control characters. */
const quoted = (name: string) => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);

/**
 * The content of a file, as consecutive chunks. Wider types come first, so that every tensor is aligned in a mapped
 * file. Tensors of equal width keep the map's order.
 * @throws LexelError if a shape does not match the data's length, or the header exceeds the limit
 */
export function safetensorsChunks(
  file: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  // Object.fromEntries instead of assignment, so that a tensor named "__proto__" is kept.
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  const chunks: Uint8Array[] = [];
  const sorted = [...tensors].sort(([, a], [, b]) => ITEM_SIZE[b.dtype] - ITEM_SIZE[a.dtype]);
  let offset = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    if (name === '__metadata__') throw new LexelError(`${file}: no tensor may be called "__metadata__"`);
    if (productOf(shape) !== data.length) {
      throw new LexelError(
        `${file}: tensor "${name}" has ${data.length} numbers, which does not match its shape [${shape.join(', ')}]`,
      );
    }
    const end = offset + data.byteLength;
    entries.push([name, { dtype, shape, data_offsets: [offset, end] }]);
    chunks.push(bytesOf(data));
    offset = end;
  }
  return sealed(file, Object.fromEntries(entries), chunks);
}
