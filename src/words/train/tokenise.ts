/** Splits text into lower-case words. Hyphens and apostrophes within words are kept; everything else is dropped. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { FormatError } from '../../util/errors.js';
import { readProblem } from '../../util/system-errors.js';

const WORD = /[\p{L}\p{N}]+(?:['\u2019-][\p{L}\p{N}]+)*/gu;

/** Marks the end of a line among the token ids; contexts do not extend across it. */
export const LINE_END = -1;

/** A tokenised text. */
export interface Corpus {
  /** Most frequent words first; ties in code unit order. */
  readonly vocabulary: readonly string[];
  /** Number of occurrences of each word, [vocabulary]. */
  readonly counts: readonly number[];
  /** Word ids in text order, with {@link LINE_END} after each line; rare words are omitted, as if not in the text. */
  readonly tokens: Int32Array;
}

/** Splits a line into lower-case words. */
export function tokenise(line: string): string[] {
  return line.toLowerCase().replaceAll('\u2019', "'").match(WORD) ?? [];
}

/**
 * Reads a text file, line by line.
 *
 * @param minCount words that occur less often are dropped.
 * @throws FormatError if the file cannot be read, or contains fewer than two different words that are frequent enough.
 */
export async function readCorpus(file: string, minCount: number): Promise<Corpus> {
  const ids = new Map<string, number>();
  const counts: number[] = [];
  let tokens = new Int32Array(1 << 16);
  let length = 0;
  const push = (id: number) => {
    if (length === tokens.length) {
      const grown = new Int32Array(length * 2);
      grown.set(tokens);
      tokens = grown;
    }
    tokens[length++] = id;
  };
  const input = createReadStream(file, { encoding: 'utf8' });
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      for (const word of tokenise(line)) {
        let id = ids.get(word);
        if (id === undefined) {
          id = ids.size;
          ids.set(word, id);
          counts.push(0);
        }
        counts[id]++;
        push(id);
      }
      push(LINE_END);
    }
  } catch (error) {
    throw new FormatError(file, await readProblem(file, error, 'file'));
  }
  return compact(file, [...ids.keys()], counts, tokens.subarray(0, length), minCount);
}

/** Drops rare words and numbers the others by frequency. */
function compact(
  file: string,
  words: readonly string[],
  counts: readonly number[],
  tokens: Int32Array,
  minCount: number,
): Corpus {
  const order = words.map((_, id) => id).filter((id) => counts[id] >= minCount);
  order.sort((a, b) => counts[b] - counts[a] || (words[a] < words[b] ? -1 : 1));
  if (order.length < 2) {
    throw new FormatError(
      file,
      `contains ${words.length} different words, ${order.length} of them at least ${minCount} times: too few for training`,
      'Use a longer text, or lower --min-count.',
    );
  }
  const rank = new Int32Array(words.length).fill(-2);
  for (const [r, id] of order.entries()) rank[id] = r;
  const kept = new Int32Array(tokens.length);
  let length = 0;
  for (const id of tokens) {
    const value = id === LINE_END ? LINE_END : rank[id];
    if (value !== -2) kept[length++] = value;
  }
  return {
    vocabulary: order.map((id) => words[id]),
    counts: order.map((id) => counts[id]),
    tokens: kept.slice(0, length),
  };
}
