/**
 * What readers mend in published word vectors instead of refusing the file. Each kind is counted and told with the first
 * place; `--strict` refuses it.
 */
import { FormatError } from '../util/errors.js';

interface Kind {
  /** What is wrong at one place, so that `--strict` refuses it; null where the user asked for it (`--allow-short`). */
  readonly problem: string | null;
  /** What was done, all places together, with the first place. */
  readonly done: (count: number, first: string) => string;
}

const some = (n: number, one: string, more: string) => `${n} ${n === 1 ? one : more}`;
const at = (n: number, first: string) => (n === 1 ? `(${first})` : `(first: ${first})`);

const REPAIRS = {
  repeated: {
    problem: 'the word is there already',
    done: (n, first) =>
      `${some(n, 'repeated word', 'repeated words')} passed over, the first of each is kept ${at(n, first)}`,
  },
  blank: {
    problem: 'the line starts with a blank where its word should be',
    done: (_, first) => `a word that is only a blank, kept as " " (${first})`,
  },
  spaced: {
    problem: 'the line has more numbers than the vector, so some of them would be part of the word',
    done: (n, first) =>
      `${some(n, 'word holds', 'words hold')} a number after a blank, read as part of the word ${at(n, first)}`,
  },
  surplus: {
    problem: 'the file holds more words than its header promises',
    done: (n, first) => `${some(n, 'word', 'words')} more than the header promises, kept ${at(n, first)}`,
  },
  unended: {
    problem: 'the last line has no line end, so its last number may be cut short',
    done: (_, first) =>
      `the last line has no line end, and is kept as whole since it reaches the header's count (${first})`,
  },
  short: {
    problem: null,
    done: (n, first) => `cut short, ${some(n, 'word is', 'words are')} missing (${first})`,
  },
  cut: {
    problem: null,
    done: (_, first) => `cut short ${first}; how many words are missing is not known`,
  },
} as const satisfies Record<string, Kind>;

export type RepairKind = keyof typeof REPAIRS;

/** One kind of repair in a file. */
export interface Repair {
  readonly what: RepairKind;
  /** How often; of `short` how many words are missing; of `cut`, where nobody knows that, 1: the file is cut once. */
  readonly count: number;
  /** The first place, such as `line 12, "foo"`. */
  readonly first: string;
}

/** `3 repeated words passed over, the first of each is kept (first: line 12, "foo")` */
export function repairText({ what, count, first }: Repair): string {
  return REPAIRS[what].done(count, first);
}

/** Gathers what a reader repairs in one file. */
export class RepairLog {
  private readonly found = new Map<RepairKind, { count: number; first: string }>();

  constructor(
    private readonly file: string,
    private readonly strict = false,
  ) {}

  /**
   * @param place where it is, for people.
   * @throws FormatError under `--strict`, unless the user asked for the repair (`--allow-short`).
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
