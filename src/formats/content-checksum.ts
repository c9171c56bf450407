/**
 * The checksum of the safetensors files that Lexel writes; it is verified on reading. The metadata entry
 * `lexel.sha256` is the SHA-256 of the same file without that entry. Other tools ignore the entry.
 *
 *     sha256(u64 header length | compact JSON without the entry, padded with spaces to 8 | data)
 */
import { createHash } from 'node:crypto';
import { FormatError } from '../util/errors.js';
import { readBytes } from './read.js';
import { type Header, headerBytes, metadataOf, splitHeader } from './safetensors-header.js';

const ENTRY = 'lexel.sha256';

const DAMAGED = 'The file is damaged: copy it again from its source, or create it again.';

/** The content of a file including its checksum, as consecutive chunks. */
export function sealed(file: string, header: Header, data: readonly Uint8Array[]): Uint8Array[] {
  const bare = withoutEntry(file, header);
  const checksum = checksumOf(file, bare, data);
  // The entry is last in the metadata, and the metadata are first, as in a file that had none. So sealing a file again
  // does not change its header.
  const { __metadata__: _, ...tensors } = bare;
  const metadata = { ...metadataOf(file, bare), [ENTRY]: checksum };
  return [headerBytes(file, { __metadata__: metadata, ...tensors }), ...data];
}

/**
 * Verifies a file's checksum.
 * @returns the checksum, null if the file has none, and the header without it
 * @throws FormatError if the checksum does not match the content
 */
export function verified(
  file: string,
  header: Header,
  data: Uint8Array,
): { checksum: string | null; header: Header } {
  const { [ENTRY]: checksum = null } = metadataOf(file, header);
  if (checksum === null) return { checksum, header };
  const bare = withoutEntry(file, header);
  if (checksumOf(file, bare, [data]) !== checksum)
    throw new FormatError(file, 'its checksum does not match its content', DAMAGED);
  return { checksum, header: bare };
}

/**
 * Identifies the content of a safetensors file: its verified checksum, or the SHA-256 of its bytes if it has none.
 * The latter is the checksum that the file would get if it were written again unchanged.
 * @throws FormatError if the file cannot be read or its checksum is wrong
 */
export function contentChecksum(file: string): string {
  const bytes = readBytes(file);
  const { header, data } = splitHeader(file, bytes);
  return verified(file, header, data).checksum ?? createHash('sha256').update(bytes).digest('hex');
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

/** The warning for a file without a checksum. */
export const withoutChecksum = (file: string): string =>
  `${file} has no checksum because an earlier version of Lexel wrote it. Damage to its numbers cannot be detected.`;

function withoutEntry(file: string, header: Header): Header {
  const { [ENTRY]: _, ...metadata } = metadataOf(file, header);
  const { __metadata__: _m, ...tensors } = header;
  return Object.keys(metadata).length > 0 ? { __metadata__: metadata, ...tensors } : tensors;
}

function checksumOf(file: string, header: Header, data: readonly Uint8Array[]): string {
  const hash = createHash('sha256').update(headerBytes(file, header));
  for (const chunk of data) hash.update(chunk);
  return hash.digest('hex');
}
