/** SHA-256: Node's own where there is one, which is several times as fast, else that of @noble/hashes. */

import { sha256 as portable } from '@noble/hashes/sha2.js';
import { builtin } from './builtins.js';

const crypto = builtin('node:crypto');

/** A hash of all parts that are added, one after another. */
export class Sha256 {
  private readonly hash = crypto?.createHash('sha256') ?? portable.create();

  /** Adds bytes, or the UTF-8 of a text. */
  update(data: Uint8Array | string): this {
    this.hash.update(typeof data === 'string' ? new TextEncoder().encode(data) : data);
    return this;
  }

  /** The 32 bytes of the hash; nothing can be added afterwards. */
  digest(): Uint8Array {
    return this.hash.digest();
  }

  /** The hash in lower-case hexadecimal; nothing can be added afterwards. */
  hex(): string {
    return Array.from(this.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}
