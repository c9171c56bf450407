/** Writes word vectors as GloVe text, or packed, by the name of the file. */
import { writeFileAtomic } from '../formats/atomic.js';
import { LexelError, UsageError } from '../util/errors.js';
import { type PackOptions, writeStore } from './store.js';
import type { WordVectors } from './word-vectors.js';

/**
 * Writes `.lexw` (packed) or `.txt`/`.vec` (GloVe text, every value with the digits that give the same float32
 * back). The file appears whole or not at all.
 *
 * @throws UsageError for another ending; LexelError for words that the format cannot hold.
 */
export function writeWords(file: string, words: WordVectors, options: PackOptions = {}): void {
  checkWordsFile(file);
  if (/\.lexw$/i.test(file)) {
    writeStore(file, words, options);
    return;
  }
  if (options.dtype === 'float16') throw new UsageError(`${file}: only .lexw can hold float16`);
  writeFileAtomic(file, [...textPieces(words)]);
}

/** @throws UsageError when word vectors cannot be written under that name. */
export function checkWordsFile(file: string): void {
  if (/\.(lexw|txt|vec)$/i.test(file)) return;
  throw new UsageError(`${file}: word vectors are written as .lexw (packed) or .txt`);
}

function* textPieces(words: WordVectors): Generator<string> {
  const { dimension: d, matrix } = words;
  let piece = '';
  for (const [row, word] of words.words.entries()) {
    if (/\s/.test(word)) {
      throw new LexelError(
        `the word "${word}" holds a space, which a text file cannot`,
        'Write a .lexw file.',
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

/** The shortest of 6 to 9 significant digits that reads back as the same float32. */
function shortest(value: number): string {
  if (Object.is(value, -0)) return '-0';
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}
