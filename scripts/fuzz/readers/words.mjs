// Readers of word vectors (word stores, text, word2vec), of analogy questions and of word expressions.
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { deriveKey, Random } from '../../../dist/util/random.js';
import {
  parseExpression,
  readAnalogies,
  readWords,
  WordVectors,
  writeStore,
} from '../../../dist/words/index.js';
import { BLOCKS_OUTER, blocksCodec } from '../codecs/blocks.mjs';
import { gzipped, LINES, WORD2VEC } from '../codecs/plain.mjs';

const D = 4;
const WORDS = ['king', 'queen', 'man', 'woman', 'café', 'New York', 't-shirt', '日本'];

function vectors(seed, words = WORDS) {
  const random = new Random(deriveKey(seed, 'fuzz words'));
  const matrix = Float32Array.from({ length: words.length * D }, () => Math.fround(random.normal()));
  return new WordVectors({ words, dimension: D, matrix }, `words-${seed}.txt`);
}

const PLAIN = WORDS.filter((word) => !word.includes(' '));

const row = ({ matrix }, i) => [...matrix.subarray(i * D, (i + 1) * D)].map((x) => x.toFixed(4)).join(' ');

/** Word vectors as text: GloVe's format, or for seed 2 word2vec's, which has a header line. */
function textOf(seed) {
  const table = vectors(seed, PLAIN);
  const lines = PLAIN.map((word, i) => `${word} ${row(table, i)}\n`).join('');
  return seed === 2 ? `${PLAIN.length} ${D}\n${lines}` : lines;
}

function binaryOf(seed) {
  const { matrix } = vectors(seed, PLAIN);
  const rows = PLAIN.map((word, i) =>
    Buffer.concat([
      Buffer.from(`${word} `),
      Buffer.from(matrix.slice(i * D, (i + 1) * D).buffer),
      Buffer.from('\n'),
    ]),
  );
  return Buffer.concat([Buffer.from(`${PLAIN.length} ${D}\n`), ...rows]);
}

const content = ({ words, dimension, matrix, checksum, repairs }) => [
  words,
  dimension,
  matrix,
  checksum,
  repairs,
];
const read = async (file) => content(await readWords(file));

const FOREIGN = [
  /is neither text/,
  /damaged or incomplete gzip/,
  /^[^:]*: is [a-zA-Z]/,
  /no word2vec header/,
];

export const WORD_READERS = {
  'word store': {
    file: 'x.lexw',
    write: (file, seed) => writeStore(file, vectors(seed), { dtype: seed === 2 ? 'float16' : 'float32' }),
    codec: blocksCodec({ words: 'lines', norms: 'floats', matrix: 'floats' }),
    checked: () => true,
    outer: [/byte 0: not a packed/, ...BLOCKS_OUTER],
    read,
  },
  'word vectors': {
    file: 'x.txt',
    write: (file, seed) => writeFileSync(file, textOf(seed)),
    codec: LINES,
    outer: FOREIGN,
    read,
  },
  'word vectors, gzip': {
    file: 'x.txt.gz',
    write: (file, seed) => writeFileSync(file, gzipSync(textOf(seed))),
    codec: gzipped(LINES),
    checked: () => true,
    members: true,
    outer: FOREIGN,
    read,
  },
  word2vec: {
    file: 'x.bin',
    write: (file, seed) => writeFileSync(file, binaryOf(seed)),
    codec: WORD2VEC,
    outer: FOREIGN,
    read,
  },
  'word2vec, gzip, short': {
    file: 'x.bin.gz',
    write: (file, seed) => writeFileSync(file, gzipSync(binaryOf(seed))),
    codec: gzipped(WORD2VEC),
    outer: FOREIGN,
    read: async (file) => content(await readWords(file, { allowShort: true })),
  },
  'analogy questions': {
    file: 'questions.txt',
    write: (file, seed) =>
      writeFileSync(
        file,
        `: capitals ${seed}\nAthens Greece Oslo Norway\n# a comment\n\n: family\nboy girl king queen\nman woman uncle aunt\n`,
      ),
    codec: LINES,
    outer: [],
    read: (file) => readAnalogies(file),
  },
  expression: {
    file: 'expression',
    write: (file, seed) =>
      writeFileSync(
        file,
        seed === 2 ? 'img:"my boy.png" - "red circle" + c++ − t-shirt' : "king - man + woman + 'new york'",
      ),
    codec: LINES,
    outer: [/is empty/],
    // An expression is not a file: the message quotes the expression itself.
    names: /./,
    read(_file, { bytes }) {
      const text = bytes.toString('utf8');
      const outcomes = [{}, { images: true }, { phrases: true }, { images: true, phrases: true }].map(
        (grammar) => {
          try {
            return parseExpression(text, grammar);
          } catch (error) {
            return error;
          }
        },
      );
      const foreign = outcomes.find((one) => one instanceof Error && !/LexelError|UsageError/.test(one.name));
      const thrown = foreign ?? outcomes.find((one) => one instanceof Error);
      if (thrown) throw thrown;
      return outcomes;
    },
  },
};
