/**
 * word2vec's binary format: a text line "count dimension", then for each word its bytes, a space, and the vector
 * as little-endian float32. The original program writes a newline after each vector; some others do not.
 */
import { FormatError } from '../util/errors.js';
import { decodeWord, MAX_DIMENSION, TableBuilder, type VectorTable } from './table.js';

const MAX_WORD = 4096;

/**
 * Reads word vectors in word2vec's binary form.
 *
 * @param chunks the file's bytes, uncompressed.
 * @param file path for messages.
 * @throws FormatError naming the byte: no header, wrong count, cut short, bytes left over, NaN or infinite, a word twice.
 */
export async function readBinaryVectors(chunks: AsyncIterable<Buffer>, file: string): Promise<VectorTable> {
  const source = new ByteSource(chunks);
  const cut = (problem: string): never => {
    throw new FormatError(
      file,
      `byte ${source.position}: ${problem}`,
      'Fetch the file again: it was probably cut short.',
    );
  };
  const headerLength = await source.find(0x0a, 64);
  const header = source.peek(Math.max(headerLength, 0)).toString('latin1');
  const match = /^(\d+) (\d+)\s*$/.exec(header);
  const count = Number(match?.[1]);
  const dimension = Number(match?.[2]);
  if (!match || count < 1 || dimension < 1 || dimension > MAX_DIMENSION || !Number.isSafeInteger(count)) {
    throw new FormatError(
      file,
      'byte 0: no word2vec header "count dimension"',
      'Text files must be named .txt or .vec (or either with .gz), packed stores .lexw.',
    );
  }
  source.skip(headerLength + 1);
  // A wild count must not claim memory before the words are there.
  const table = new TableBuilder(
    file,
    dimension,
    Math.min(count, 1 + Math.floor((256 << 20) / (dimension * 4))),
  );
  for (let i = 0; i < count; i++) {
    if (i > 0 && (await source.need(1)) && source.peek(1)[0] === 0x0a) source.skip(1);
    const place = `byte ${source.position}`;
    const length = await source.find(0x20, MAX_WORD);
    if (length === -1) cut(`the header promises ${count} words, the file ends after ${i}`);
    if (length === -2)
      cut(`word ${i + 1} is longer than ${MAX_WORD} bytes: the dimension in the header is wrong`);
    if (length === 0) cut(`word ${i + 1} is empty: the dimension in the header is wrong`);
    const word = decodeWord(source.peek(length), 0, length);
    source.skip(length + 1);
    if (!(await source.need(dimension * 4)))
      cut(`the file ends within the vector of "${word}" (${i + 1} of ${count})`);
    const { matrix, at } = table.add(word, place);
    const bytes = source.peek(dimension * 4);
    for (let j = 0; j < dimension; j++) {
      const value = bytes.readFloatLE(j * 4);
      if (!Number.isFinite(value)) {
        throw new FormatError(
          file,
          `byte ${source.position + j * 4}, "${word}", number ${j + 1}: ${value} is not finite`,
          'Word vectors hold finite numbers only.',
        );
      }
      matrix[at + j] = value;
    }
    source.skip(dimension * 4);
  }
  if ((await source.need(1)) && source.peek(1)[0] === 0x0a) source.skip(1);
  if (await source.need(1)) {
    throw new FormatError(
      file,
      `byte ${source.position}: bytes follow the ${count} words that the header promises`,
    );
  }
  return table.finish();
}

/** Bytes on demand out of a stream of chunks. */
class ByteSource {
  /** Offset in the file of the next byte. */
  position = 0;
  private held: Buffer = Buffer.alloc(0);
  private readonly iterator: AsyncIterator<Buffer>;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.iterator = chunks[Symbol.asyncIterator]();
  }

  /** Are `n` more bytes there? */
  async need(n: number): Promise<boolean> {
    while (this.held.length < n) {
      const next = await this.iterator.next();
      if (next.done) return false;
      this.held = this.held.length ? Buffer.concat([this.held, next.value]) : next.value;
    }
    return true;
  }

  /** Bytes before the next `byte`: −1 when the file ends first, −2 when more than `limit` would pass. */
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
