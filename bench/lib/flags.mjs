import { parseArgs } from 'node:util';

/**
 * Parses command-line flags with text values.
 * @template {string} K
 * @param {Record<K, string>} defaults
 * @returns {Record<K, string>}
 */
export function textFlags(defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: /** @type {const} */ ('string'), default: String(value) },
    ]),
  );
  return /** @type {Record<K, string>} */ (parseArgs({ options }).values);
}
