/**
 * Word vectors as text: "word x1 … xd" a line, as GloVe publishes them, or the same under a "count dimension"
 * header, as word2vec's text format has it. Read in one pass over chunks of bytes.
 */
import { FormatError } from '../util/errors.js';
import { DecimalReader } from './decimal.js';
import { decodeWord, MAX_DIMENSION, TableBuilder, type VectorTable } from './table.js';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const RETURN = 0x0d;

/** Longest line that can be a word and its vector; beyond it the file is not text. */
const MAX_LINE = 4 << 20;

/** Below this many bytes a file may have been written by hand, and hands forget the last line's end. */
const WRITTEN_BY_HAND = 65_536;

/**
 * Reads word vectors in text form.
 *
 * @param chunks the file's bytes, uncompressed.
 * @param file path for messages.
 * @param size of the file in bytes, if known: how much room to make.
 * @throws FormatError naming the line: empty, too few or too many numbers, not a number, NaN or infinite, a word
 *   twice, a header that promises another count, a last line cut short.
 */
export async function readTextVectors(
  chunks: AsyncIterable<Buffer>,
  file: string,
  size?: number,
): Promise<VectorTable> {
  const reader = new TextReader(file, size);
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      reader.line(bytes, start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MAX_LINE) {
      throw new FormatError(
        file,
        `line ${reader.lines + 1} is longer than ${MAX_LINE >> 20} MiB, so this is not a text file`,
        'word2vec binary files must be named .bin, packed stores .lexw.',
      );
    }
  }
  return reader.finish(rest);
}

class TextReader {
  lines = 0;
  private bytes = 0;
  private table: TableBuilder | undefined;
  private promised: { count: number; dimension: number } | undefined;
  private blank = 0;
  private readonly decimal = new DecimalReader();

  constructor(
    private readonly file: string,
    private readonly size: number | undefined,
  ) {}

  /** One line, bytes [start, end), without its newline. */
  line(bytes: Buffer, start: number, end: number): void {
    this.lines++;
    this.bytes += end - start + 1;
    if (this.lines === 1 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) {
      start += 3; // byte order mark
    }
    while (end > start && isBlank(bytes[end - 1])) end--;
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

  finish(rest: Buffer): VectorTable {
    if (rest.length > 0) {
      this.line(rest, 0, rest.length);
      if (this.bytes > WRITTEN_BY_HAND && this.table) {
        this.fail(
          `line ${this.lines}, the last, has no line end: the file was cut short`,
          'Fetch it again, or add the line end if the file is whole.',
        );
      }
    }
    if (!this.table) this.fail('is empty: one line for each word was expected');
    if (this.promised && this.promised.count !== this.table.count) {
      this.fail(
        `line 1 promises ${this.promised.count} words, the file holds ${this.table.count}`,
        'Fetch the file again: it was probably cut short.',
      );
    }
    return this.table.finish();
  }

  /** Is line 1 "count dimension"? A vector of one dimension would look the same, and nobody has those. */
  private header(bytes: Buffer, start: number, end: number): boolean {
    const match = /^(\d+)[ \t](\d+)$/.exec(bytes.toString('latin1', start, Math.min(end, start + 64)));
    if (!match) return false;
    const count = Number(match[1]);
    const dimension = Number(match[2]);
    if (count < 1 || dimension < 1 || dimension > MAX_DIMENSION || !Number.isSafeInteger(count)) {
      this.fail(`line 1 is a word2vec header of ${match[1]} words × ${match[2]}, which cannot be`);
    }
    this.promised = { count, dimension };
    return true;
  }

  /** The first word's line decides the dimension. */
  private begin(bytes: Buffer, start: number, end: number): TableBuilder {
    let numbers = 0;
    for (let p = start + 1; p < end; p++) if (isBlank(bytes[p]) && !isBlank(bytes[p - 1])) numbers++;
    if (numbers === 0) {
      this.fail(
        `line ${this.lines} holds no numbers after its word`,
        'Expected "word x1 x2 …" on every line, as in GloVe or word2vec text files.',
      );
    }
    if (this.promised) numbers = this.promised.dimension;
    const perLine = Math.max(numbers * 2 + 2, (end - start) * 0.9);
    const expected = this.size ? Math.ceil(this.size / perLine) : 4096;
    return new TableBuilder(this.file, numbers, Math.min(this.promised?.count ?? expected, expected));
  }

  private row(table: TableBuilder, bytes: Buffer, start: number, end: number): void {
    let p = start;
    while (p < end && !isBlank(bytes[p])) p++;
    const numbersFrom = isBlank(bytes[start]) ? -1 : this.wordEnd(bytes, start, p, end, table.dimension);
    if (numbersFrom < 0) this.fail(`line ${this.lines} starts with a space where its word should be`);
    const word = decodeWord(bytes, start, numbersFrom);
    const { matrix, at } = table.add(word, `line ${this.lines}`);
    p = numbersFrom;
    for (let j = 0; j < table.dimension; j++) {
      while (p < end && isBlank(bytes[p])) p++;
      if (p >= end) this.wrongCount(word, j, table.dimension);
      const value = this.decimal.read(bytes, p, end);
      const stop = this.decimal.at;
      matrix[at + j] = value;
      if ((stop < end && !isBlank(bytes[stop])) || !Number.isFinite(matrix[at + j])) {
        this.badNumber(bytes, p, end, word, j);
      }
      p = stop;
    }
    if (p < end) this.wrongCount(word, countFields(bytes, numbersFrom, end), table.dimension);
  }

  /**
   * Where the word ends. A few published words hold spaces (". . ."): more fields than the dimension asks for are
   * part of the word as long as they are not numbers.
   */
  private wordEnd(bytes: Buffer, start: number, first: number, end: number, dimension: number): number {
    let p = first;
    while (p < end && isBlank(bytes[p])) p++;
    const lead = bytes[p];
    if (p >= end || lead === 0x2d || lead === 0x2b || (lead >= 0x30 && lead <= 0x39)) return first;
    const fields = bytes.toString('latin1', start, end).split(/[ \t]+/);
    const wordFields = fields.length - dimension;
    if (wordFields < 2 || fields.slice(1, wordFields).some((f) => Number.isFinite(Number(f)))) return first;
    return start + fields.slice(0, wordFields).join(' ').length;
  }

  private wrongCount(word: string, found: number, dimension: number): never {
    const says = this.promised ? 'the header says' : 'the first word has';
    this.fail(
      `line ${this.lines}, "${word}": ${found} number${found === 1 ? '' : 's'}, but ${says} ${dimension}`,
      found < dimension ? 'If this is the last line, the file was cut short: fetch it again.' : undefined,
    );
  }

  private badNumber(bytes: Buffer, start: number, end: number, word: string, j: number): never {
    let stop = start;
    while (stop < end && !isBlank(bytes[stop])) stop++;
    const text = bytes.toString('utf8', start, Math.min(stop, start + 40));
    const finite = /^[-+]?(nan|inf|\d+(\.\d*)?(e\+?\d+)?$)/i.test(text);
    this.fail(
      `line ${this.lines}, "${word}", number ${j + 1}: "${text}" is ${finite ? 'not a finite float32' : 'not a number'}`,
      'Word vectors hold finite numbers only; remove or repair the line.',
    );
  }

  private fail(problem: string, hint?: string): never {
    throw new FormatError(this.file, problem, hint);
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN;
}

function countFields(bytes: Buffer, start: number, end: number): number {
  return bytes.toString('latin1', start, end).trim().split(/\s+/).length;
}
