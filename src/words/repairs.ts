/**
 * What readers mend in published word vectors instead of refusing the file. Each kind is counted and told with the first
 * place; `--strict` refuses it.
 */
import { FormatError } from '../util/errors.js';

interface Kind {
  /** What is wrong at one place. */
  readonly problem: string;
  /** What was done, all places together. */
  readonly done: (count: number) => string;
}

const some = (n: number, one: string, more: string) => `${n} ${n === 1 ? one : more}`;

const REPAIRS = {
  repeated: {
    problem: 'the word is there already',
    done: (n) => `${some(n, 'repeated word', 'repeated words')} passed over, the first of each is kept`,
  },
  blank: {
    problem: 'the line starts with a blank where its word should be',
    done: (n) => `${some(n, 'word is a blank', 'words are a blank')} and kept as " "`,
  },
  spaced: {
    problem: 'the line has more numbers than the vector, so some of them would be part of the word',
    done: (n) => `${some(n, 'word holds', 'words hold')} a number after a blank, read as part of the word`,
  },
  surplus: {
    problem: 'the file holds more words than its header promises',
    done: (n) => `${some(n, 'word', 'words')} more than the header promises, kept`,
  },
  short: {
    problem: 'the file was cut short',
    done: (n) => `cut short, ${some(n, 'word is', 'words are')} missing`,
  },
} as const satisfies Record<string, Kind>;

export type RepairKind = keyof typeof REPAIRS;

/** One kind of repair in a file. */
export interface Repair {
  readonly what: RepairKind;
  readonly count: number;
  /** The first place, such as `line 12, "foo"`. */
  readonly first: string;
}

/** `3 repeated words passed over, the first of each is kept (first: line 12, "foo")` */
export function repairText({ what, count, first }: Repair): string {
  const where = count === 1 || what === 'short' ? first : `first: ${first}`;
  return `${REPAIRS[what].done(count)} (${where})`;
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
    if (this.strict && what !== 'short') {
      throw new FormatError(
        this.file,
        `${place}: ${REPAIRS[what].problem}`,
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
