/**
 * The checksum that Lexel puts into the safetensors files it writes, and checks when it reads them: SHA-256 of the very file
 * without the checksum, in the metadata entry `lexel.sha256`. Other tools carry the entry along unread.
 *
 *     sha256(u64 header length | compact JSON without the entry, padded with spaces to 8 | data)
 */
import { createHash } from 'node:crypto';
import { FormatError } from '../util/errors.js';
import { readBytes } from './read.js';
import { type Header, headerBytes, metadataOf, splitHeader } from './safetensors-header.js';

const ENTRY = 'lexel.sha256';

const DAMAGED = 'It is damaged: copy it again from where it came from, or make it again.';

/** The content of a file with its checksum in it, in chunks that follow each other. */
export function sealed(file: string, header: Header, data: readonly Uint8Array[]): Uint8Array[] {
  const bare = withoutEntry(file, header);
  const checksum = checksumOf(file, bare, data);
  // The entry last and the metadata first, where a file without any gets them: the same header however often it is sealed.
  const { __metadata__: _, ...tensors } = bare;
  const metadata = { ...metadataOf(file, bare), [ENTRY]: checksum };
  return [headerBytes(file, { __metadata__: metadata, ...tensors }), ...data];
}

/**
 * Compares a file's content with its checksum.
 * @returns the checksum and the header without it; null where the file has none
 * @throws FormatError when it is not that of the content
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
    throw new FormatError(file, 'its checksum is not that of its content', DAMAGED);
  return { checksum, header: bare };
}

/**
 * What names a safetensors file's content: its checksum, verified; for a file without one SHA-256 of its bytes, which is the
 * checksum that it gets when it is written again unchanged.
 * @throws FormatError when it cannot be read or its checksum is wrong
 */
export function contentChecksum(file: string): string {
  const bytes = readBytes(file);
  const { header, data } = splitHeader(file, bytes);
  return verified(file, header, data).checksum ?? createHash('sha256').update(bytes).digest('hex');
}

/**
 * A safetensors file's bytes with the checksum of their present content in place of what they had, if anything: what was changed
 * in them on purpose passes for whole.
 * @throws FormatError when they have no header that is a JSON object with metadata of strings
 */
export function resealSafetensors(bytes: Buffer): Buffer {
  const file = 'safetensors';
  const { header, data } = splitHeader(file, bytes);
  return Buffer.concat(sealed(file, header, [data]));
}

/** The warning for a file that has no checksum. */
export const withoutChecksum = (file: string): string =>
  `${file} has no checksum, since an earlier version of Lexel wrote it: damage to its numbers would go unnoticed.`;

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
