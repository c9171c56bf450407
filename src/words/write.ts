/** Writes word vectors as GloVe text or as a packed store, depending on the file extension. */
import { writeFileAtomic } from '../formats/atomic.js';
import { LexelError, UsageError } from '../util/errors.js';
import { type PackOptions, writeStore } from './store.js';
import type { WordTable } from './word-table.js';

/**
 * Writes `.lexw` (packed) or `.txt`/`.vec` (GloVe text, with enough digits to reproduce each float32 exactly). The
 * file is written atomically.
 *
 * @throws UsageError for another extension; LexelError for words that the format cannot represent.
 */
export function writeWords(file: string, words: WordTable, options: PackOptions = {}): void {
  checkWordsFile(file);
  if (/\.lexw$/i.test(file)) {
    writeStore(file, words, options);
    return;
  }
  if (options.dtype === 'float16') throw new UsageError(`${file}: only .lexw files support float16`);
  writeFileAtomic(file, [...textPieces(words)]);
}

/** @throws UsageError if the file extension is not supported for writing. */
export function checkWordsFile(file: string): void {
  if (/\.(lexw|txt|vec)$/i.test(file)) return;
  throw new UsageError(`${file}: word vectors are written as .lexw (packed) or .txt`);
}

function* textPieces(words: WordTable): Generator<string> {
  const { dimension: d, matrix } = words;
  let piece = '';
  for (const [row, word] of words.words.entries()) {
    if (/\s/.test(word)) {
      throw new LexelError(
        `the word "${word}" contains a space, which the text format does not support`,
        'Write a .lexw file instead.',
      );
    }
    piece += word;
    for (let j = 0; j < d; j++) piece += ` ${shortest(matrix[row * d + j])}`;
    piece += '\n';
    if (piece.length > 1 << 20) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

/** The value with the fewest significant digits, from 6 to 9, that reproduce the same float32. */
function shortest(value: number): string {
  if (Object.is(value, -0)) return '-0';
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}
