/** Reads, writes and reseals safetensors files (safetensors.ts). */
import { Sha256 } from '../util/sha256.js';
import { type AtomicOptions, writeFileAtomic } from './atomic.js';
import { sealed, verified } from './content-checksum.js';
import { readBytes } from './read.js';
import { parseSafetensors, type SafetensorsFile, safetensorsChunks, type Tensor } from './safetensors.js';
import { splitHeader } from './safetensors-header.js';

/** Reads all tensors of a file. Throws like {@link parseSafetensors}, and FormatError if the file cannot be read. */
export function readSafetensors(file: string): SafetensorsFile {
  return parseSafetensors(file, readBytes(file));
}

/** Writes tensors, string metadata and the checksum of both, atomically. Throws like {@link safetensorsChunks}. */
export function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
  options?: AtomicOptions,
): void {
  writeFileAtomic(file, safetensorsChunks(file, tensors, metadata), options);
}

/**
 * Identifies the content of a safetensors file: its verified checksum, or the SHA-256 of its bytes if it has none.
 * The latter is the checksum that the file would get if it were written again unchanged.
 * @throws FormatError if the file cannot be read or its checksum is wrong
 */
export function contentChecksum(file: string): string {
  const bytes = readBytes(file);
  const { header, data } = splitHeader(file, bytes);
  return verified(file, header, data).checksum ?? new Sha256().update(bytes).hex();
}

/**
 * Adds the checksum of the present content to a safetensors file, or replaces the old one. Use it after changing a
 * file on purpose.
 * @throws FormatError if the header is not a JSON object, or its metadata are not strings
 */
export function resealSafetensors(bytes: Buffer): Buffer {
  const file = 'safetensors';
  const { header, data } = splitHeader(file, bytes);
  return Buffer.concat(sealed(file, header, [data]));
}
