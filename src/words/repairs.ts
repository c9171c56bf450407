/**
 * Errors in published word vectors that readers repair instead of rejecting the file. Each kind of repair is counted
 * and reported with its first location; with `--strict`, it is an error.
 */
import { FormatError } from '../util/errors.js';

interface Kind {
  /** The error message with `--strict`; null for repairs that the user requested (`--allow-short`). */
  readonly problem: string | null;
  /** Describes what was done, with the count and the first location. */
  readonly done: (count: number, first: string) => string;
}

const some = (n: number, one: string, more: string) => `${n} ${n === 1 ? one : more}`;
const at = (n: number, first: string) => (n === 1 ? `(${first})` : `(first: ${first})`);

const REPAIRS = {
  repeated: {
    problem: 'this word occurred before',
    done: (n, first) =>
      `${some(n, 'repeated word', 'repeated words')} passed over; the first vector of each word is kept ${at(n, first)}`,
  },
  blank: {
    problem: 'the line starts with a blank instead of a word',
    done: (_, first) => `a blank word, kept as " " (${first})`,
  },
  spaced: {
    problem: 'the line has more numbers than the dimension, so some of them must be part of the word',
    done: (n, first) =>
      `${some(n, 'word contains', 'words contain')} a number after a blank, read as part of the word ${at(n, first)}`,
  },
  surplus: {
    problem: 'the file contains more words than its header declares',
    done: (n, first) => `${some(n, 'word', 'words')} more than the header declares, kept ${at(n, first)}`,
  },
  unended: {
    problem: 'the last line has no line end, so its last number may be cut short',
    done: (_, first) =>
      `the last line has no line end, but is kept because the header's word count is reached (${first})`,
  },
  short: {
    problem: null,
    done: (n, first) => `cut short: ${some(n, 'word is', 'words are')} missing (${first})`,
  },
  cut: {
    problem: null,
    done: (_, first) => `cut short ${first}; the number of missing words is unknown`,
  },
} as const satisfies Record<string, Kind>;

export type RepairKind = keyof typeof REPAIRS;

/** One kind of repair in a file. */
export interface Repair {
  readonly what: RepairKind;
  /** Number of repairs. For `short`, the number of missing words; for `cut`, where that is unknown, 1. */
  readonly count: number;
  /** The first location, such as `line 12, "foo"`. */
  readonly first: string;
}

/** Describes a repair: `3 repeated words passed over; the first vector of each word is kept (first: line 12, "foo")` */
export function repairText({ what, count, first }: Repair): string {
  return REPAIRS[what].done(count, first);
}

/** Collects the repairs in one file. */
export class RepairLog {
  private readonly found = new Map<RepairKind, { count: number; first: string }>();

  constructor(
    private readonly file: string,
    private readonly strict = false,
  ) {}

  /**
   * @param place the location, for messages.
   * @throws FormatError with `--strict`, unless the user requested the repair (`--allow-short`).
   */
  add(what: RepairKind, place: string, count = 1): void {
    const { problem } = REPAIRS[what];
    if (this.strict && problem) {
      throw new FormatError(
        this.file,
        `${place}: ${problem}`,
        'Without --strict it is repaired and counted.',
      );
    }
    const before = this.found.get(what);
    if (before) before.count += count;
    else this.found.set(what, { count, first: place });
  }

  count(what: RepairKind): number {
    return this.found.get(what)?.count ?? 0;
  }

  list(): Repair[] {
    return [...this.found].map(([what, { count, first }]) => ({ what, count, first }));
  }
}
