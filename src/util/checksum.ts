/** Compares checksums of files with published ones. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { LexelError } from './errors.js';

/** A published checksum. */
export interface Checksum {
  readonly algorithm: 'md5' | 'sha1' | 'sha256';
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

/** The content of a file differs from the published content. */
export class ChecksumError extends LexelError {
  override name = 'ChecksumError';
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, hint, { ...options, code: 'LEXEL_CHECKSUM' });
  }
}

/** Checksum of a file's bytes in lower-case hexadecimal. The file is streamed, not loaded into memory. */
async function checksumFile(file: string, algorithm: Checksum['algorithm']): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** @throws ChecksumError with both checksums if they differ. */
export async function verifyChecksum(file: string, expected: Checksum, hint?: string): Promise<void> {
  const actual = await checksumFile(file, expected.algorithm);
  if (actual === expected.hex.toLowerCase()) return;
  throw new ChecksumError(`${file}: ${expected.algorithm} is ${actual}, expected ${expected.hex}`, hint);
}
