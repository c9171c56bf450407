/** Text to tokens: lower-case words, hyphens and apostrophes inside them kept, everything else dropped. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { FormatError } from '../../util/errors.js';

const WORD = /[\p{L}\p{N}]+(?:['\u2019-][\p{L}\p{N}]+)*/gu;

/** Marks a line's end among token ids: contexts do not reach across it. */
export const LINE_END = -1;

/** A text as numbers. */
export interface Corpus {
  /** Most frequent first; equal counts in alphabetical order. */
  readonly vocabulary: readonly string[];
  /** How often each word occurs, [vocabulary]. */
  readonly counts: readonly number[];
  /** Word ids in text order, {@link LINE_END} after each line; rarer words are left out, as if never written. */
  readonly tokens: Int32Array;
}

/** Lower-case words of a line. */
export function tokenise(line: string): string[] {
  return line.toLowerCase().replaceAll('\u2019', "'").match(WORD) ?? [];
}

/**
 * Reads a text file, line by line.
 *
 * @param minCount words that occur less often are dropped.
 * @throws FormatError when the file cannot be read, or holds fewer than two different words that occur often enough.
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
    const code = (error as NodeJS.ErrnoException).code;
    throw new FormatError(file, `cannot be read (${code ?? (error as Error).message})`);
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
      `holds ${words.length} different words, ${order.length} of them at least ${minCount} times: too little to learn from`,
      'Give a longer text, or lower --min-count.',
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
