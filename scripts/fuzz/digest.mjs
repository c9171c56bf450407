// Hashes what a reader returned. Equal digests mean equal content.
import { createHash } from 'node:crypto';

export function digest(value) {
  const hash = createHash('sha256');
  add(hash, value);
  return hash.digest('hex');
}

function add(hash, value) {
  if (ArrayBuffer.isView(value)) {
    hash.update(`${value.constructor.name} ${value.byteLength}:`);
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  } else if (value instanceof Map) add(hash, [...value]);
  else if (Array.isArray(value)) {
    hash.update(`[${value.length}:`);
    for (const item of value) add(hash, item);
  } else if (typeof value === 'object' && value !== null) {
    // Only own fields are hashed: a class's getters are computed from them.
    add(
      hash,
      Object.keys(value)
        .sort()
        .map((key) => [key, value[key]]),
    );
  } else if (typeof value !== 'function') hash.update(`${typeof value} ${String(value)};`);
}
