/** The header of a safetensors file: JSON after its length, padded with spaces so that the data are aligned. */
import { FormatError, LexelError } from '../util/errors.js';

/** Tensors and metadata by name, as the JSON has them. */
export type Header = Readonly<Record<string, unknown>>;

/**
 * Most bytes that a header may have. A checkpoint of `efficientnet-b0` has 0.1 MB; the format's own limit of 100 MB lets a
 * small file take gigabytes once its JSON is parsed.
 */
export const MAX_HEADER = 2 ** 22;

const ALIGN = 8;

/**
 * Splits a file into its header and its data.
 * @throws FormatError when the header is cut off, too long, or no JSON object
 */
export function splitHeader(file: string, bytes: Buffer): { header: Header; data: Buffer } {
  if (bytes.length < 8)
    throw new FormatError(file, `${bytes.length} bytes are too few for a safetensors file`);
  const length = bytes.readBigUInt64LE(0);
  if (length > BigInt(bytes.length - 8)) {
    throw new FormatError(
      file,
      `says its header has ${length} bytes, the file has ${bytes.length}`,
      'It is cut off, or not a safetensors file.',
    );
  }
  if (length > BigInt(MAX_HEADER))
    throw new FormatError(file, `its header has ${length} bytes, and at most ${MAX_HEADER} are read here`);
  const start = 8 + Number(length);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
  } catch {
    throw new FormatError(file, 'its header is not JSON', 'It is damaged, or not a safetensors file.');
  }
  if (!isObject(json)) throw new FormatError(file, 'its header is not a JSON object');
  return { header: json, data: bytes.subarray(start) };
}

/**
 * A header as it stands in a file: its length, the JSON, spaces.
 * @throws LexelError when it is longer than {@link splitHeader} reads
 */
export function headerBytes(file: string, header: Header): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(json.length / ALIGN) * ALIGN;
  if (length > MAX_HEADER)
    throw new LexelError(`${file}: a header of ${length} bytes is more than the ${MAX_HEADER} that are read`);
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  json.copy(bytes, 8);
  return bytes;
}

/**
 * The `__metadata__` of a header.
 * @throws FormatError when it is not an object of strings
 */
export function metadataOf(file: string, header: Header): Readonly<Record<string, string>> {
  const metadata = header.__metadata__ ?? {};
  if (!isTextRecord(metadata)) throw new FormatError(file, '__metadata__ is not an object of strings');
  return metadata;
}

// By hand: zod's records leave out a key "__proto__", and with it a tensor of that name.
function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function isTextRecord(json: unknown): json is Record<string, string> {
  return isObject(json) && Object.values(json).every((value) => typeof value === 'string');
}
