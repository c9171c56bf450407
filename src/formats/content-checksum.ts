/**
 * The checksum of the safetensors files that Lexel writes; it is verified on reading. The metadata entry
 * `lexel.sha256` is the SHA-256 of the same file without that entry. Other tools ignore the entry.
 *
 *     sha256(u64 header length | compact JSON without the entry, padded with spaces to 8 | data)
 */
import { FormatError } from '../util/errors.js';
import { Sha256 } from '../util/sha256.js';
import { type Header, headerBytes, metadataOf } from './safetensors-header.js';

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

/** The warning for a file without a checksum. */
export const withoutChecksum = (file: string): string =>
  `${file} has no checksum because an earlier version of Lexel wrote it. Damage to its numbers cannot be detected.`;

function withoutEntry(file: string, header: Header): Header {
  const { [ENTRY]: _, ...metadata } = metadataOf(file, header);
  const { __metadata__: _m, ...tensors } = header;
  return Object.keys(metadata).length > 0 ? { __metadata__: metadata, ...tensors } : tensors;
}

function checksumOf(file: string, header: Header, data: readonly Uint8Array[]): string {
  const hash = new Sha256().update(headerBytes(file, header));
  for (const chunk of data) hash.update(chunk);
  return hash.hex();
}
