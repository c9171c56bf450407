/**
 * The Google analogy test (Mikolov et al., "Efficient estimation of word representations in vector space", 2013):
 * a is to b as c is to ?. The questions file has four words per line, under section lines that start with a colon.
 *
 * The answer is found by 3CosAdd, argmax over w of cos(w, b) − cos(w, a) + cos(w, c), or by 3CosMul, argmax of
 * cos(w, b) cos(w, c) / (cos(w, a) + ε) with cosines shifted to [0, 1] (Levy & Goldberg, "Linguistic regularities
 * in sparse and explicit word representations", 2014, equations 3 and 4).
 *
 * Both methods need only the cosines between question words and the vocabulary. The test has about a thousand
 * distinct words in twenty thousand questions, so these cosines are computed once, in blocks of the vocabulary, and
 * shared by all questions.
 */
import { LexelError } from '../util/errors.js';
import { type Four, readAnalogies } from './analogy-questions.js';
import { dotProducts } from './product.js';
import type { WordTable } from './word-table.js';

/** Vocabulary rows per block: with a thousand question words, a block has 2 MiB of cosines. */
const BLOCK = 512;
const EPSILON = 0.001;

export interface AnalogyScore {
  readonly section: string;
  readonly questions: number;
  /** Number of questions whose four words are all in the vocabulary with non-zero vectors. Only these are evaluated. */
  readonly inVocabulary: number;
  readonly correct: number;
  /** correct / inVocabulary; null if inVocabulary is 0. */
  readonly accuracy: number | null;
}

export interface AnalogyResult {
  readonly method: AnalogyMethod;
  readonly sections: readonly AnalogyScore[];
  readonly total: AnalogyScore;
  readonly seconds: number;
}

export type AnalogyMethod = '3cosadd' | '3cosmul';

interface Question {
  readonly section: number;
  /** Rows of a, b, c and the correct answer d. */
  readonly rows: Four<number>;
}

/**
 * Evaluates all questions of a file in Google's format. Words are looked up as written, then in lower case. The
 * three words of the question and words with zero vectors are excluded from the answers; ties go to the earlier word.
 *
 * @throws FormatError for a line that is neither a section nor four words; LexelError if no question has all its
 *   words in the vocabulary.
 */
export function evaluateAnalogies(
  words: WordTable,
  file: string,
  options: { method?: AnalogyMethod } = {},
): AnalogyResult {
  const start = performance.now();
  const method = options.method ?? '3cosadd';
  const { sections, counts, questions } = readQuestions(words, file);
  if (questions.length === 0) {
    throw new LexelError(
      `${file}: no question has all its words in ${words.source}`,
      'Use a larger vocabulary, such as --words pack, or download the full set with `lexel words get glove.6B`.',
    );
  }
  const answers = answer(words, questions, method);
  const asked = sections.map(() => 0);
  const correct = sections.map(() => 0);
  for (const [i, { section, rows }] of questions.entries()) {
    asked[section]++;
    if (answers[i] === rows[3]) correct[section]++;
  }
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return {
    method,
    sections: sections.map((name, s) => score(name, counts[s], asked[s], correct[s])),
    total: score('total', sum(counts), sum(asked), sum(correct)),
    seconds: (performance.now() - start) / 1000,
  };
}

function score(section: string, questions: number, inVocabulary: number, correct: number): AnalogyScore {
  return {
    section,
    questions,
    inVocabulary,
    correct,
    accuracy: inVocabulary > 0 ? correct / inVocabulary : null,
  };
}

function readQuestions(words: WordTable, file: string) {
  const { sections, questions: all } = readAnalogies(file);
  const counts = sections.map(() => 0);
  const questions: Question[] = [];
  const rowOf = (word: string) => {
    const as = words.index(word);
    const row = as >= 0 ? as : words.index(word.toLowerCase());
    return row >= 0 && words.norms[row] > 0 ? row : -1;
  };
  for (const { section, words: four } of all) {
    counts[section]++;
    const rows = four.map(rowOf);
    if (rows.every((row) => row >= 0)) questions.push({ section, rows: rows as unknown as Four<number> });
  }
  return { sections, counts, questions };
}

/** The row of the answer to each question. */
function answer(words: WordTable, questions: readonly Question[], method: AnalogyMethod): Int32Array {
  const d = words.dimension;
  // Slots number the distinct question words; they are the rows of the table of cosines.
  const slots = new Map<number, number>();
  const slotOf = (row: number) => {
    if (!slots.has(row)) slots.set(row, slots.size);
    return slots.get(row)!;
  };
  const abc = Int32Array.from(questions.flatMap(({ rows }) => rows.slice(0, 3).map(slotOf)));
  const asked = new Float32Array(slots.size * d);
  for (const [row, slot] of slots) unitRows(words, row, row + 1, asked, slot * d);

  const best = new Float64Array(questions.length).fill(Number.NEGATIVE_INFINITY);
  const answers = new Int32Array(questions.length).fill(-1);
  const block = new Float32Array(BLOCK * d);
  const cosines = new Float32Array(slots.size * BLOCK);
  for (let first = 0; first < words.count; first += BLOCK) {
    const last = Math.min(words.count, first + BLOCK);
    const width = last - first;
    unitRows(words, first, last, block, 0);
    dotProducts(asked, block.subarray(0, width * d), d, cosines.subarray(0, slots.size * width));
    if (method === '3cosmul') for (let i = 0; i < cosines.length; i++) cosines[i] = (cosines[i] + 1) / 2;
    for (let q = 0; q < questions.length; q++) {
      const [rowA, rowB, rowC] = questions[q].rows;
      const a = abc[q * 3] * width;
      const b = abc[q * 3 + 1] * width;
      const c = abc[q * 3 + 2] * width;
      let top = best[q];
      for (let w = 0; w < width; w++) {
        const value =
          method === '3cosadd'
            ? cosines[b + w] - cosines[a + w] + cosines[c + w]
            : (cosines[b + w] * cosines[c + w]) / (cosines[a + w] + EPSILON);
        if (value > top) {
          const row = first + w;
          if (row === rowA || row === rowB || row === rowC || words.norms[row] === 0) continue;
          top = value;
          answers[q] = row;
        }
      }
      best[q] = top;
    }
  }
  return answers;
}

/** Copies rows [first, last), scaled to unit length, to `out` from index `at`; zero vectors stay zero. */
function unitRows(words: WordTable, first: number, last: number, out: Float32Array, at: number): void {
  const { matrix, norms, dimension: d } = words;
  for (let row = first; row < last; row++) {
    const scale = norms[row] > 0 ? 1 / norms[row] : 0;
    for (let j = 0; j < d; j++) out[at++] = matrix[row * d + j] * scale;
  }
}
