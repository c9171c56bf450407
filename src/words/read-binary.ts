/**
 * word2vec's binary format: a text line "count dimension", then for each word its bytes, a space, and the vector
 * as little-endian float32. The original program writes a newline after each vector; some other programs do not.
 */
import { FormatError } from '../util/errors.js';
import { RepairLog } from './repairs.js';
import { ShiftSigns } from './shift-signs.js';
import { type ContentOptions, decodeWord, TableBuilder } from './table.js';
import { MAX_DIMENSION, type VectorTable } from './vector-table.js';

const MAX_WORD = 4096;
const NEWLINE = 0x0a;
const SPACE = 0x20;

/** Values larger than this do not come from training; the bytes are misaligned. */
const LARGEST = 1e15;

/** Parses the "count dimension" line of a word2vec file; undefined if the line is something else. */
export function binaryHeader(line: string): { count: number; dimension: number } | undefined {
  const match = /^(\d+) (\d+)\s*$/.exec(line);
  const count = Number(match?.[1]);
  const dimension = Number(match?.[2]);
  const possible = count >= 1 && dimension >= 1 && dimension <= MAX_DIMENSION && Number.isSafeInteger(count);
  return match && possible ? { count, dimension } : undefined;
}

/**
 * Reads word vectors in word2vec's binary form.
 *
 * @param chunks the file's bytes, uncompressed.
 * @param file path for messages.
 * @throws FormatError with the byte offset, for a missing header, a truncated file, NaN or infinity, or missing or
 *   extra bytes, after which no valid word follows; with `strict` also for everything that is otherwise repaired
 *   (repairs.ts).
 */
export async function readBinaryVectors(
  chunks: AsyncIterable<Buffer>,
  file: string,
  options: ContentOptions = {},
): Promise<VectorTable> {
  const source = new ByteSource(chunks);
  const headerLength = await source.find(NEWLINE, 64);
  const header = binaryHeader(source.peek(Math.max(headerLength, 0)).toString('latin1'));
  if (!header) {
    throw new FormatError(
      file,
      'byte 0: no word2vec header "count dimension"',
      'Word vectors are read as GloVe or word2vec text, word2vec binary, or a packed store (.lexw).',
    );
  }
  source.skip(headerLength + 1);
  return new BinaryReader(source, file, header, options).read();
}

class BinaryReader {
  private readonly repairs: RepairLog;
  private readonly table: TableBuilder;
  /** Number of words read, including repeated ones. */
  private rows = 0;
  /** Whether vectors end with a newline; the same for all vectors of a file. Undefined before the first vector. */
  private newlines: boolean | undefined;
  private readonly signs = new ShiftSigns();

  constructor(
    private readonly source: ByteSource,
    private readonly file: string,
    private readonly promised: { count: number; dimension: number },
    private readonly options: ContentOptions,
  ) {
    const { count, dimension } = promised;
    this.repairs = new RepairLog(file, options.strict);
    // A wrong count in the header must not allocate memory before the words have been read.
    const room = Math.min(count, 1 + Math.floor((256 << 20) / (dimension * 4)));
    this.table = new TableBuilder(file, dimension, room, options.maxMemory);
  }

  async read(): Promise<VectorTable> {
    const { source, repairs } = this;
    const { count } = this.promised;
    while (source.has(1) || (await source.need(1))) {
      const place = `byte ${source.position}`;
      const word = await this.record(place);
      if (word === undefined) break;
      if (!this.table.add(word)) repairs.add('repeated', `${place}, "${word}"`);
      if (++this.rows > count) repairs.add('surplus', `${place}, "${word}"`);
      await this.lineEnd();
    }
    const missing = count - this.rows;
    const { allowShort, cut } = this.options;
    if (missing > 0 && !allowShort) {
      this.cut(`the header declares ${count} words, but the file ends after ${this.rows}`);
    }
    if (missing > 0 || (cut && missing === 0)) {
      repairs.add('short', `the header declares ${count} words, the file contains ${this.rows}`, missing);
    } else if (cut) repairs.add('cut', `after byte ${source.position}`);
    const shift = this.signs.found(this.table.matrix);
    if (shift) this.shifted(shift.place, shift.problem, `${FETCH} ${OR_AS_TEXT}`);
    return this.table.finish(repairs.list());
  }

  /** Reads a word and its vector. Returns undefined if the file ends within them and `allowShort` is set. */
  private async record(place: string): Promise<string | undefined> {
    const { source, table } = this;
    const nth = `word ${this.rows + 1}`;
    const length = await source.find(SPACE, MAX_WORD);
    if (length === -2) this.shifted(place, `${nth} is longer than ${MAX_WORD} bytes`);
    if (length === 0) this.shifted(place, `${nth} is empty`);
    const bytes = length < 0 ? source.peek(MAX_WORD) : source.peek(length);
    const word = decodeWord(bytes, 0, bytes.length);
    const fault = (what: string) => `${nth} ${what} (${JSON.stringify(word.slice(0, 40))})`;
    if (hasControl(bytes)) this.shifted(place, fault('contains control bytes'));
    // In files with newlines, the newline before the word confirms that the vector ended there.
    if (!this.newlines) {
      this.signs.word(bytes, () => ({ place, problem: fault('seems to start with bytes of a vector') }));
    }
    if (length === -1) {
      const ends = `the header declares ${this.promised.count} words, but the file ends after ${this.rows}`;
      return this.endsWithin(place, ends);
    }
    source.skip(length + 1);
    const size = table.dimension * 4;
    if (!(source.has(size) || (await source.need(size)))) {
      return this.endsWithin(
        `byte ${source.position}`,
        `the file ends within the vector of "${word}" (${this.rows + 1} of ${this.promised.count})`,
      );
    }
    this.vector(word, source.peek(size));
    source.skip(size);
    return word;
  }

  /** Copies a vector to the table's next row. */
  private vector(word: string, bytes: Buffer): void {
    const { table, source } = this;
    const at = table.room(() => `byte ${source.position}, word ${this.rows + 1}`);
    for (let j = 0; j < table.dimension; j++) {
      const value = bytes.readFloatLE(j * 4);
      if (!(Math.abs(value) <= LARGEST)) {
        const place = `byte ${source.position + j * 4}, "${word}", number ${j + 1}`;
        if (Number.isFinite(value)) this.shifted(place, `${value} is not a plausible vector value`);
        throw new FormatError(this.file, `${place}: ${value} is not finite`, 'Word vectors must be finite.');
      }
      table.matrix[at + j] = value;
    }
    this.signs.vector(table.matrix.subarray(at, at + table.dimension));
  }

  /** Skips the newline after a vector in files that have them; it may be missing after the last vector. */
  private async lineEnd(): Promise<void> {
    const { source } = this;
    if (!(source.has(1) || (await source.need(1)))) return;
    const here = source.peek(1)[0] === NEWLINE;
    if (here) source.skip(1);
    this.newlines ??= here;
    if (here === this.newlines || !(source.has(1) || (await source.need(1)))) return;
    const what = here
      ? 'a newline after the vector, unlike the previous vectors'
      : 'no newline after the vector, unlike the previous vectors';
    this.shifted(`byte ${source.position}`, what);
  }

  private endsWithin(place: string, problem: string): undefined {
    if (this.rows >= this.promised.count) {
      const { count } = this.promised;
      throw new FormatError(
        this.file,
        `${place}: the bytes after the ${count} words declared in the header are not a complete word`,
        FETCH,
      );
    }
    if (!this.options.allowShort) this.cut(problem, place);
    return undefined;
  }

  private cut(problem: string, place = `byte ${this.source.position}`): never {
    throw new FormatError(
      this.file,
      `${place}: ${problem}`,
      'Download the file again: it was probably cut short. --allow-short reads it up to there.',
    );
  }

  private shifted(place: string, problem: string, hint = FETCH): never {
    throw new FormatError(
      this.file,
      `${place}: ${problem}: bytes were lost or added before this place, or the header's dimension is wrong`,
      hint,
    );
  }
}

const FETCH = 'The file is damaged: download it again.';
const OR_AS_TEXT = 'If the word is correct, write the file as text, or with a newline after each vector.';

function hasControl(bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] < SPACE || bytes[i] === 0x7f) return true;
  return false;
}

/** Reads bytes on demand from a stream of chunks. */
class ByteSource {
  /** File offset of the next byte. */
  position = 0;
  private held: Buffer = Buffer.alloc(0);
  private readonly iterator: AsyncIterator<Buffer>;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.iterator = chunks[Symbol.asyncIterator]();
  }

  /** Whether `n` more bytes are buffered. */
  has(n: number): boolean {
    return this.held.length >= n;
  }

  /** Buffers `n` more bytes; false if the file ends first. */
  async need(n: number): Promise<boolean> {
    while (this.held.length < n) {
      const next = await this.iterator.next();
      if (next.done) return false;
      this.held = this.held.length ? Buffer.concat([this.held, next.value]) : next.value;
    }
    return true;
  }

  /** Number of bytes before the next `byte`; −1 if the file ends first, −2 if there are more than `limit`. */
  async find(byte: number, limit: number): Promise<number> {
    for (;;) {
      const found = this.held.subarray(0, limit + 1).indexOf(byte);
      if (found >= 0) return found;
      if (this.held.length > limit) return -2;
      if (!(await this.need(this.held.length + 1))) return -1;
    }
  }

  peek(n: number): Buffer {
    return this.held.subarray(0, n);
  }

  skip(n: number): void {
    this.held = this.held.subarray(n);
    this.position += n;
  }
}
