/**
 * The memory limit for word vectors. A compressed file of three megabytes can unpack to gigabytes, so readers count
 * the memory they need before they allocate it.
 */
import { getHeapStatistics } from 'node:v8';
import { FormatError } from '../util/errors.js';
import { bytesText } from '../util/format.js';
import { machineMemory } from '../util/machine.js';

/** Bytes per word in addition to its characters: the string object and its entries in a set and an array. */
const WORD_OVERHEAD = 96;

/** One less than the maximum number of entries in a JavaScript set or map. */
const MAX_WORDS = 2 ** 24 - 1;

/** The default limit in bytes for word vectors: half of the available memory. */
export function defaultMemory(): number {
  return Math.floor(machineMemory() / 2);
}

/** Tracks the memory used by a reader. */
export class MemoryBudget {
  /** Words are stored on the JavaScript heap, which has a separate limit; they may use half of it. */
  private readonly heap = getHeapStatistics().heap_size_limit / 2;
  private words = 0;
  private characters = 0;

  /** @param limit in bytes */
  constructor(
    private readonly file: string,
    private readonly limit: number = defaultMemory(),
  ) {}

  /** Bytes used by words so far. */
  private get wordBytes(): number {
    return this.words * WORD_OVERHEAD + this.characters * 2;
  }

  /** Bytes left for the vectors. */
  get left(): number {
    return Math.max(0, this.limit - this.wordBytes);
  }

  /** Counts words that were stored. @throws FormatError if the words alone exceed a limit */
  addWords(count: number, characters: number): void {
    this.words += count;
    this.characters += characters;
    if (this.wordBytes > this.limit) throw this.exceeded();
    if (this.words > MAX_WORDS || this.wordBytes > this.heap) {
      throw new FormatError(
        this.file,
        `after ${this.words} words: JavaScript cannot store more words in memory`,
        'Keep only the first words; published sets are sorted by frequency.',
      );
    }
  }

  /** The error for vectors that exceed the limit. @param place such as "line 17"; default: the number of words so far */
  exceeded(place = `after ${this.words} words`): FormatError {
    return new FormatError(
      this.file,
      `${place}: the vectors need more than ${bytesText(this.limit)} of memory`,
      `Raise the limit with --max-memory (this machine has ${bytesText(machineMemory())}), or keep fewer words.`,
    );
  }
}
