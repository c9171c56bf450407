/**
 * Counts word co-occurrences: the matrix X of Pennington, Socher & Manning, "GloVe: global vectors for word
 * representation", EMNLP 2014. A pair at distance d adds 1/d (section 4.2), in both directions.
 */
import { type Corpus, LINE_END } from './tokenise.js';

/** The non-zero entries of X, in order of (row, column). */
export interface Cooccurrences {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/** @param window number of context words on each side. */
export function cooccurrences(corpus: Corpus, window: number): Cooccurrences {
  const { tokens, vocabulary } = corpus;
  const size = vocabulary.length;
  const sums = new PairSums();
  for (let center = 0; center < tokens.length; center++) {
    const word = tokens[center];
    if (word === LINE_END) continue;
    for (let distance = 1; distance <= window && center >= distance; distance++) {
      const near = tokens[center - distance];
      if (near === LINE_END) break;
      sums.add(word * size + near, 1 / distance);
      sums.add(near * size + word, 1 / distance);
    }
  }
  const { keys, values } = sums.sorted();
  return {
    rows: Int32Array.from(keys, (key) => Math.floor(key / size)),
    columns: Int32Array.from(keys, (key) => key % size),
    values,
  };
}

/** A hash table of sums in two typed arrays (open addressing); a Map is limited to 16 million entries. */
class PairSums {
  private keys = new Float64Array(1 << 16).fill(-1);
  private sums = new Float64Array(1 << 16);
  private used = 0;

  add(key: number, value: number): void {
    const at = this.find(key);
    if (this.keys[at] < 0) {
      this.keys[at] = key;
      this.sums[at] = value;
      if (++this.used * 2 > this.keys.length) this.grow();
      return;
    }
    this.sums[at] += value;
  }

  sorted(): { keys: Float64Array; values: Float64Array } {
    const keys = this.keys.filter((key) => key >= 0).sort();
    return { keys, values: keys.map((key) => this.sums[this.find(key)]) };
  }

  private find(key: number): number {
    const mask = this.keys.length - 1;
    const mixed =
      Math.imul((key % 4294967296) | 0, 0x9e3779b1) ^ Math.imul((key / 4294967296) | 0, 0x85ebca6b);
    let at = (mixed ^ (mixed >>> 15)) & mask;
    while (this.keys[at] >= 0 && this.keys[at] !== key) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const { keys, sums } = this;
    this.keys = new Float64Array(keys.length * 2).fill(-1);
    this.sums = new Float64Array(keys.length * 2);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] < 0) continue;
      const at = this.find(keys[i]);
      this.keys[at] = keys[i];
      this.sums[at] = sums[i];
    }
  }
}
