/**
 * How much memory word vectors may take. A file of three megabytes can unpack to gigabytes, so what is kept of it is counted
 * before it is allocated.
 */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { FormatError } from '../util/errors.js';
import { bytesText } from '../util/format.js';

/** What a word costs beside its characters: its object, and its places in a set and a list. */
const WORD_OVERHEAD = 96;

/** Entries that a JavaScript set or map can hold, less one. */
const MAX_WORDS = 2 ** 24 - 1;

/** Bytes of memory that this process may use: the machine's, or its container's where that is less. */
export function machineMemory(): number {
  // 0 where nothing constrains, and a number beyond any machine's where cgroups say "max".
  const constrained = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return Math.min(totalmem(), constrained);
}

/** Bytes that word vectors may take where nothing else is said: half of the memory there is. */
export function defaultMemory(): number {
  return Math.floor(machineMemory() / 2);
}

/** Counts what a reader keeps. */
export class MemoryBudget {
  /** Words live on the JavaScript heap, which has a limit of its own; half of it is left to others. */
  private readonly heap = getHeapStatistics().heap_size_limit / 2;
  private words = 0;
  private characters = 0;

  /** @param limit in bytes */
  constructor(
    private readonly file: string,
    private readonly limit: number = defaultMemory(),
  ) {}

  /** Bytes of words so far. */
  private get wordBytes(): number {
    return this.words * WORD_OVERHEAD + this.characters * 2;
  }

  /** Bytes that are left for numbers beside the words. */
  get left(): number {
    return Math.max(0, this.limit - this.wordBytes);
  }

  /** Counts words that are kept. @throws FormatError where words alone are too many */
  addWords(count: number, characters: number): void {
    this.words += count;
    this.characters += characters;
    if (this.wordBytes > this.limit) throw this.exceeded();
    if (this.words > MAX_WORDS || this.wordBytes > this.heap) {
      throw new FormatError(
        this.file,
        `after ${this.words} words: a program in JavaScript can keep no more of them`,
        'Keep the first words only: those of published sets are sorted by how frequent they are.',
      );
    }
  }

  /** The error where vectors need more than the limit. @param place such as "line 17"; default the words so far */
  exceeded(place = `after ${this.words} words`): FormatError {
    return new FormatError(
      this.file,
      `${place}: its vectors take more than ${bytesText(this.limit)} of memory`,
      `--max-memory allows more (there are ${bytesText(machineMemory())}); or keep fewer words.`,
    );
  }
}
