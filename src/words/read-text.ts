/**
 * Word vectors as text: one "word x1 … xd" per line (GloVe), optionally under a "count dimension" header (word2vec's
 * text format and fastText's .vec). The file is read in one pass over chunks of bytes.
 */
import { FormatError } from '../util/errors.js';
import { DecimalReader } from './decimal.js';
import { RepairLog } from './repairs.js';
import { type ContentOptions, decodeWord, TableBuilder } from './table.js';
import { MAX_DIMENSION, type VectorTable } from './vector-table.js';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const RETURN = 0x0d;

/** Maximum length of a line in bytes; a file with longer lines is not text. */
const MAX_LINE = 4 << 20;

/** Files smaller than this, in bytes, may be handwritten; in these, a missing last line end is not an error. */
const WRITTEN_BY_HAND = 65_536;

/** Number of lines that determine the dimension if there is no header. */
const VOTERS = 32;

/** Maximum count of numbers within a word ("10 000 000"); a line with more has a different dimension. */
const MOST_NUMBERS_IN_A_WORD = 8;

/** Options of the text reader. */
export interface TextOptions extends ContentOptions {
  /** Size of the file in bytes, if known; used for the initial allocation. */
  readonly size?: number;
}

/**
 * Reads word vectors in text form, with Unix, Windows or classic Mac line ends.
 *
 * @param chunks the file's bytes, uncompressed.
 * @param file path for messages.
 * @throws FormatError with the line number, for an empty line, too few or too many numbers, invalid numbers, NaN or
 *   infinity, fewer words than the header declares, or a truncated last line; with `strict` also for everything that
 *   is otherwise repaired (repairs.ts).
 */
export async function readTextVectors(
  chunks: AsyncIterable<Buffer>,
  file: string,
  options: TextOptions = {},
): Promise<VectorTable> {
  const reader = new TextReader(file, options);
  let newline: number | undefined;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    newline ??= !bytes.includes(NEWLINE) && bytes.includes(RETURN) ? RETURN : NEWLINE;
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      reader.line(bytes, start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MAX_LINE) {
      throw new FormatError(
        file,
        `line ${reader.lines + 1} is longer than ${MAX_LINE >> 20} MiB, so this is not a text file`,
        'Word vectors are read as GloVe or word2vec text, word2vec binary, or a packed store (.lexw).',
      );
    }
  }
  return reader.finish(rest);
}

class TextReader {
  lines = 0;
  private bytes = 0;
  /** Number of lines with a word and its vector. */
  private rows = 0;
  private table: TableBuilder | undefined;
  private promised: { count: number; dimension: number } | undefined;
  /** Number of the first empty line; 0 if there was none. */
  private blank = 0;
  /** Whether the current line is the last and has no line end. */
  private unended = false;
  private readonly decimal = new DecimalReader();
  private readonly repairs: RepairLog;

  constructor(
    private readonly file: string,
    private readonly options: TextOptions,
  ) {
    this.repairs = new RepairLog(file, options.strict);
  }

  /**
   * Reads one line, bytes [start, end), without its newline. `bytes` may contain further lines; they help to determine
   * the dimension.
   */
  line(bytes: Buffer, start: number, end: number): void {
    this.lines++;
    this.bytes += end - start + 1;
    if (this.lines === 1 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) {
      start += 3; // byte order mark
    }
    end = trimEnd(bytes, start, end);
    if (end === start) {
      this.blank ||= this.lines;
      return;
    }
    if (this.blank) this.fail(`line ${this.blank} is empty`, 'Remove the empty line.');
    if (!this.table) {
      if (this.lines === 1 && this.header(bytes, start, end)) return;
      this.table = this.begin(bytes, start, end);
    }
    this.row(this.table, bytes, start, end);
  }

  /** @param rest the bytes after the last line end. */
  finish(rest: Buffer): VectorTable {
    const { allowShort, cut } = this.options;
    const large = this.bytes + rest.length > WRITTEN_BY_HAND;
    if (trimEnd(rest, 0, rest.length) === 0) rest = rest.subarray(0, 0);
    const whole = !this.table || numbersAtEnd(rest, 0, rest.length) >= this.table.dimension;
    const doubtful = cut || !whole || (large && this.promised?.count !== this.rows + 1);
    const leftOut = rest.length > 0 && allowShort && doubtful;
    if (rest.length > 0 && !leftOut) {
      this.unended = true;
      this.line(rest, 0, rest.length);
      if (large && this.table) this.lastUnended();
    }
    if (!this.table) {
      this.fail(leftOut ? 'contains no complete line' : 'is empty; expected one line per word');
    }
    this.checkCount(leftOut ? `line ${this.lines + 1} has no line end and is omitted` : undefined);
    this.checkDimension(this.table);
    return this.table.finish(this.repairs.list());
  }

  /** Accepts a large file without its last line end only if the count in the header is reached. */
  private lastUnended(): void {
    if (this.promised?.count === this.rows) {
      this.repairs.add('unended', `line ${this.lines}`);
      return;
    }
    this.fail(
      `line ${this.lines}, the last, has no line end: the file was cut short`,
      `Download it again, or add the line end if the file is complete. ${ALLOW_SHORT}`,
    );
  }

  /** @param leftOut message about an omitted last line, if any. */
  private checkCount(leftOut: string | undefined): void {
    const { promised, rows, lines, repairs } = this;
    const { allowShort, cut } = this.options;
    const missing = promised ? promised.count - rows : 0;
    const holds = `line 1 declares ${promised?.count} words, the file contains ${rows}`;
    if (missing > 0 && !allowShort) {
      this.fail(holds, `Download the file again: it was probably cut short. ${ALLOW_SHORT}`);
    }
    if (missing > 0) repairs.add('short', leftOut ? `${holds}; ${leftOut}` : holds, missing);
    else if (leftOut) repairs.add('cut', `after line ${lines} (${leftOut})`);
    else if (cut && promised && missing === 0) repairs.add('short', holds, 0);
    else if (cut) repairs.add('cut', `after line ${lines}`);
  }

  /**
   * A line with extra numbers is read as a word that contains numbers. If most lines have extra numbers, the dimension
   * is wrong.
   */
  private checkDimension(table: TableBuilder): void {
    const spaced = this.repairs.count('spaced');
    if (spaced * 2 <= this.rows) return;
    const { first } = this.repairs.list().find(({ what }) => what === 'spaced')!;
    this.fail(
      `${spaced} of ${this.rows} words have more numbers than ${this.promised ? "the header's" : "the first word's"} ` +
        `${table.dimension} (first: ${first})`,
      `The dimension${this.promised ? ' in the header' : ''} is wrong, or the file mixes two dimensions.`,
    );
  }

  /** Whether line 1 is a "count dimension" header. (A one-dimensional vector looks the same, but is not used.) */
  private header(bytes: Buffer, start: number, end: number): boolean {
    const match = /^(\d+)[ \t](\d+)$/.exec(bytes.toString('latin1', start, Math.min(end, start + 64)));
    if (!match) return false;
    const count = Number(match[1]);
    const dimension = Number(match[2]);
    if (count < 1 || dimension < 1 || dimension > MAX_DIMENSION || !Number.isSafeInteger(count)) {
      this.fail(`line 1 is an invalid word2vec header: ${match[1]} words × ${match[2]} dimensions`);
    }
    this.promised = { count, dimension };
    return true;
  }

  /** Creates the table. Without a header, the dimension is the most common one among the first lines. */
  private begin(bytes: Buffer, start: number, end: number): TableBuilder {
    const dimension = this.promised?.dimension ?? commonDimension(bytes, start);
    if (dimension === 0) {
      this.fail(
        `line ${this.lines} contains no numbers after its word`,
        'Expected "word x1 x2 …" on every line, as in GloVe or word2vec text files.',
      );
    }
    if (dimension > MAX_DIMENSION) {
      this.fail(
        `line ${this.lines} has ${dimension} numbers, more than the maximum dimension of ${MAX_DIMENSION}`,
        'Is a line end missing? Every line must contain one word and its vector.',
      );
    }
    const perLine = Math.max(dimension * 2 + 2, (end - start) * 0.9);
    const { size } = this.options;
    const expected = size ? Math.ceil(size / perLine) : 4096;
    const rows = Math.min(this.promised?.count ?? expected, expected);
    return new TableBuilder(this.file, dimension, rows, this.options.maxMemory);
  }

  private row(table: TableBuilder, bytes: Buffer, start: number, end: number): void {
    this.rows++;
    let stop = start;
    while (stop < end && !isBlank(bytes[stop])) stop++;
    const at = table.room(() => `line ${this.lines}`);
    // Fast path: nearly every line is a word without blanks, followed by its numbers.
    const plain = stop > start && this.numbers(table, at, bytes, stop, end) < 0;
    const word = plain ? decodeWord(bytes, start, stop) : this.spacedRow(table, at, bytes, start, end);
    if (!table.add(word)) this.repairs.add('repeated', `line ${this.lines}, "${word}"`);
    if (this.promised && this.rows > this.promised.count) {
      this.repairs.add('surplus', `line ${this.lines}, "${word}"`);
    }
  }

  /** Reads numbers into a row. Returns −1 if the count is exactly the dimension, otherwise the count that was read. */
  private numbers(table: TableBuilder, at: number, bytes: Buffer, from: number, end: number): number {
    const { matrix, dimension } = table;
    let p = from;
    for (let j = 0; j < dimension; j++) {
      while (p < end && isBlank(bytes[p])) p++;
      if (p >= end) return j;
      matrix[at + j] = this.decimal.read(bytes, p, end);
      p = this.decimal.at;
      if ((p < end && !isBlank(bytes[p])) || !Number.isFinite(matrix[at + j])) return j;
    }
    return p === end ? -1 : dimension;
  }

  /**
   * Reads a line whose word is a blank or contains blanks (". . .", "boeing 747"): the last d fields are the vector.
   * @returns the word
   * @throws FormatError if the line has no such word and vector.
   */
  private spacedRow(table: TableBuilder, at: number, bytes: Buffer, start: number, end: number): string {
    const d = table.dimension;
    const fields = fieldsOf(bytes, start, end);
    const { lines } = this;
    const text = (field: Field) => bytes.toString('utf8', field.start, field.end);
    let word = ' ';
    let place = `line ${lines}`;
    if (isBlank(bytes[start])) {
      if (fields.length !== d) this.fail(`line ${lines} starts with a space where its word should be`);
      // A second blank word is counted as a repeated word.
      if (this.repairs.count('blank') === 0) this.repairs.add('blank', place);
    } else {
      if (fields.length <= d) this.wrongCount(text(fields[0]), fields.length - 1, d);
      word = decodeWord(bytes, start, fields[fields.length - d - 1].end);
      place = `line ${lines}, "${word}"`;
      const inside = fields.slice(1, fields.length - d).filter((f) => isNumber(text(f))).length;
      if (inside > MOST_NUMBERS_IN_A_WORD) this.wrongCount(text(fields[0]), fields.length - 1, d);
      if (inside > 0) this.repairs.add('spaced', place);
    }
    const vector = fields.slice(fields.length - d);
    const read = this.numbers(table, at, bytes, vector[0].start, end);
    if (read >= 0) this.badNumber(text(vector[read]), place, read);
    return word;
  }

  private wrongCount(word: string, found: number, dimension: number): never {
    const says = this.promised ? 'the header declares' : 'the first word has';
    const cut = `If this is the last line, the file was cut short: download it again.${this.unended ? ` ${ALLOW_SHORT}` : ''}`;
    this.fail(
      `line ${this.lines}, "${word}": ${found} number${found === 1 ? '' : 's'}, but ${says} ${dimension}`,
      found < dimension ? cut : undefined,
    );
  }

  private badNumber(text: string, place: string, j: number): never {
    const finite = LIKE_A_NUMBER.test(text);
    this.fail(
      `${place}, number ${j + 1}: "${text.slice(0, 40)}" is ${finite ? 'not a finite float32' : 'not a number'}`,
      'Word vectors must be finite; remove or repair the line.',
    );
  }

  private fail(problem: string, hint?: string): never {
    throw new FormatError(this.file, problem, hint);
  }
}

const ALLOW_SHORT = '--allow-short reads it up to there.';

/** Matches a number, including ones that float32 cannot represent. */
const LIKE_A_NUMBER = /^[-+]?(nan|inf(inity)?|(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)$/i;
const isNumber = (text: string) => LIKE_A_NUMBER.test(text);

interface Field {
  readonly start: number;
  readonly end: number;
}

/** The fields of bytes [start, end), separated by blanks. */
function fieldsOf(bytes: Buffer, start: number, end: number): Field[] {
  const fields: Field[] = [];
  for (let p = start; p < end; p++) {
    if (isBlank(bytes[p])) continue;
    const from = p;
    while (p < end && !isBlank(bytes[p])) p++;
    fields.push({ start: from, end: p });
  }
  return fields;
}

/** Counts the numbers at the end of a line. The first field is the word, unless the line starts with a blank. */
export function numbersAtEnd(bytes: Buffer, start: number, end: number): number {
  const fields = fieldsOf(bytes, start, end);
  const most = fields.length - (isBlank(bytes[start]) ? 0 : 1);
  let count = 0;
  while (count < most) {
    const field = fields[fields.length - 1 - count];
    if (!isNumber(bytes.toString('latin1', field.start, field.end))) break;
    count++;
  }
  return count;
}

/** The most common count of numbers at the end of the lines from `start`; in a tie, the count that occurs first. */
function commonDimension(bytes: Buffer, start: number): number {
  const votes = new Map<number, number>();
  for (let line = 0, at = start; line < VOTERS && at < bytes.length; line++) {
    let end = at;
    while (end < bytes.length && bytes[end] !== NEWLINE && bytes[end] !== RETURN) end++;
    if (end > at) {
      const count = numbersAtEnd(bytes, at, end);
      votes.set(count, (votes.get(count) ?? 0) + 1);
    }
    at = end + 1;
  }
  const [first, ...others] = votes;
  return others.reduce((best, vote) => (vote[1] > best[1] ? vote : best), first)[0];
}

function trimEnd(bytes: Buffer, start: number, end: number): number {
  while (end > start && isBlank(bytes[end - 1])) end--;
  return end;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN;
}
