/** Word vectors from bytes. */

import { parseStore } from '../words/store-content.js';
import { WordTable } from '../words/word-table.js';

/**
 * Reads a packed store (`.lexw`), such as assets/words/pack.lexw, and verifies the checksums of all its bytes.
 *
 * @param source the file's name, which models record as the source of their words
 * @throws FormatError if it is not a store, or is damaged
 */
export function readWords(bytes: Uint8Array | ArrayBuffer, source: string): WordTable {
  return new WordTable(
    parseStore(source, bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)),
    source,
  );
}
