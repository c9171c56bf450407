/** Checksums of files, compared with the published ones. */
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

/** A file's content is not what was published. */
export class ChecksumError extends LexelError {
  override name = 'ChecksumError';
}

/** Checksum of a file's bytes, lower-case hexadecimal; the file is streamed, never wholly in memory. */
async function checksumFile(file: string, algorithm: Checksum['algorithm']): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** @throws ChecksumError when the file's checksum differs; the message gives both. */
export async function verifyChecksum(file: string, expected: Checksum, hint?: string): Promise<void> {
  const actual = await checksumFile(file, expected.algorithm);
  if (actual === expected.hex.toLowerCase()) return;
  throw new ChecksumError(`${file}: ${expected.algorithm} is ${actual}, expected ${expected.hex}`, hint);
}
