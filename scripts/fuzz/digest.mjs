// What a reader has given, as a hash: two readings are of the same content where their digests are the same.
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
    // Getters of classes are computed from what their fields hold.
    add(
      hash,
      Object.keys(value)
        .sort()
        .map((key) => [key, value[key]]),
    );
  } else if (typeof value !== 'function') hash.update(`${typeof value} ${String(value)};`);
}
