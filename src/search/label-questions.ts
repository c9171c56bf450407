/** Reads and checks analogy questions over a model's labels. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FormatError, UsageError } from '../util/errors.js';
import { indexOfName } from '../util/names.js';
import { type Four, nearestSpellings, readAnalogies } from '../words/index.js';

const SHIPPED = fileURLToPath(new URL('../../assets/analogies/', import.meta.url));

export interface LabelQuestion {
  /** Index of the section. */
  readonly section: number;
  readonly line: number;
  /** Label indices of a, b, c and the right answer d; all four differ. */
  readonly labels: Four<number>;
}

export interface LabelQuestions {
  readonly file: string;
  readonly sections: readonly string[];
  readonly questions: readonly LabelQuestion[];
}

/**
 * The question list that ships with Lexel for a data set.
 * @throws UsageError if there is none for it
 */
export function shippedQuestions(dataset: string): string {
  const file = join(SHIPPED, `${basename(dataset)}.txt`);
  if (existsSync(file)) return file;
  const known = readdirSync(SHIPPED).map((name) => name.replace(/\.txt$/, ''));
  throw new UsageError(
    `Lexel has no analogy questions for "${dataset}" (only for ${known.join(', ')})`,
    'Give a file of questions: ": section" lines, and "a b c d" lines of labels for "a is to b as c is to d".',
  );
}

/**
 * Reads questions whose words are labels, also with hyphens instead of underscores and in capitals.
 *
 * @param dataset the data set's name, for error messages
 * @throws FormatError for an unknown label (with file, line and nearest spellings), for a question that
 * contains a label twice, because a, b and c are excluded as answers, and for a file without questions
 */
export function readLabelQuestions(file: string, labels: readonly string[], dataset: string): LabelQuestions {
  const { sections, questions } = readAnalogies(file);
  const find = (word: string, line: number): number => {
    const found = indexOfName(word, labels);
    if (found >= 0) return found;
    const near = nearestSpellings(word, labels, 3);
    throw new FormatError(
      file,
      `line ${line}: "${word}" is not one of the ${labels.length} labels of ${dataset}`,
      near.length > 0
        ? `Nearest: ${near.join(', ')}.`
        : `Its first labels: ${labels.slice(0, 5).join(', ')}.`,
    );
  };
  if (questions.length === 0)
    throw new FormatError(file, 'contains no question', 'Write each question as a line "a b c d".');
  return {
    file,
    sections,
    questions: questions.map(({ section, line, words }) => {
      const four = words.map((word) => find(word, line)) as unknown as Four<number>;
      if (new Set(four).size === 4) return { section, line, labels: four };
      throw new FormatError(
        file,
        `line ${line}: a label occurs twice in "${words.join(' ')}"`,
        'The first three labels are excluded as answers, so all four must differ.',
      );
    }),
  };
}
