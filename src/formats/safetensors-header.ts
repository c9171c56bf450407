/** The header of a safetensors file: its length, then JSON, padded with spaces to align the data. */
import { FormatError, LexelError } from '../util/errors.js';

/** The parsed JSON: tensors and metadata by name. */
export type Header = Readonly<Record<string, unknown>>;

/**
 * Maximum number of bytes in a header. The header of an `efficientnet-b0` checkpoint has 0.1 MB. With the format's own
 * limit of 100 MB, parsing the JSON of a small file could take gigabytes of memory.
 */
export const MAX_HEADER = 2 ** 22;

const ALIGN = 8;
const SPACE = 0x20;

/**
 * Splits a file into its header and its data.
 * @throws FormatError if the header is truncated, too long, or not a JSON object
 */
export function splitHeader(file: string, bytes: Uint8Array): { header: Header; data: Uint8Array } {
  if (bytes.length < 8)
    throw new FormatError(file, `${bytes.length} bytes are too few for a safetensors file`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(bytes.length - 8)) {
    throw new FormatError(
      file,
      `its header should have ${length} bytes, but the file has ${bytes.length}`,
      'The file is cut off, or is not a safetensors file.',
    );
  }
  if (length > BigInt(MAX_HEADER))
    throw new FormatError(file, `its header has ${length} bytes, more than the limit of ${MAX_HEADER}`);
  const start = 8 + Number(length);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
  } catch {
    throw new FormatError(
      file,
      'its header is not JSON',
      'The file is damaged, or is not a safetensors file.',
    );
  }
  if (!isObject(json)) throw new FormatError(file, 'its header is not a JSON object');
  return { header: json, data: bytes.subarray(start) };
}

/**
 * Serialises a header: its length, the JSON, and spaces as padding.
 * @throws LexelError if it is longer than {@link splitHeader} accepts
 */
export function headerBytes(file: string, header: Header): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / ALIGN) * ALIGN;
  if (length > MAX_HEADER)
    throw new LexelError(`${file}: a header of ${length} bytes exceeds the limit of ${MAX_HEADER}`);
  const bytes = new Uint8Array(8 + length).fill(SPACE);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

/**
 * The `__metadata__` of a header.
 * @throws FormatError if it is not an object of strings
 */
export function metadataOf(file: string, header: Header): Readonly<Record<string, string>> {
  const metadata = header.__metadata__ ?? {};
  if (!isTextRecord(metadata)) throw new FormatError(file, '__metadata__ is not an object of strings');
  return metadata;
}

// Not zod: its records drop the key "__proto__", which is a valid name of a tensor.
function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function isTextRecord(json: unknown): json is Record<string, string> {
  return isObject(json) && Object.values(json).every((value) => typeof value === 'string');
}
