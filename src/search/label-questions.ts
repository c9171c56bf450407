/** Analogy questions over a model's labels: read, looked up, and refused where they could not be answered. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FormatError, UsageError } from '../util/errors.js';
import { type Four, nearestSpellings, readAnalogies } from '../words/index.js';

const SHIPPED = fileURLToPath(new URL('../../assets/analogies/', import.meta.url));

export interface LabelQuestion {
  /** Index among the sections. */
  readonly section: number;
  readonly line: number;
  /** Label indices of a, b, c and the right answer d; they differ. */
  readonly labels: Four<number>;
}

export interface LabelQuestions {
  readonly file: string;
  readonly sections: readonly string[];
  readonly questions: readonly LabelQuestion[];
}

/**
 * The question list that comes with Lexel for a data set.
 * @throws UsageError when there is none for it
 */
export function shippedQuestions(dataset: string): string {
  const file = join(SHIPPED, `${basename(dataset)}.txt`);
  if (existsSync(file)) return file;
  const known = readdirSync(SHIPPED).map((name) => name.replace(/\.txt$/, ''));
  throw new UsageError(
    `no analogy questions come with Lexel for "${dataset}" (only for ${known.join(', ')})`,
    'Name a file of them: ": section" lines, and "a b c d" lines of labels for "a is to b as c is to d".',
  );
}

/**
 * Reads questions whose words are labels, as written or else in lower case.
 *
 * @param dataset its name, for messages.
 * @throws FormatError for an unknown label, naming file, line and nearest spellings; for a question that names a label
 *   twice, since a, b and c are never answered; and for a file without questions.
 */
export function readLabelQuestions(file: string, labels: readonly string[], dataset: string): LabelQuestions {
  const { sections, questions } = readAnalogies(file);
  const index = new Map(labels.map((label, i) => [label, i]));
  const find = (word: string, line: number): number => {
    const found = index.get(word) ?? index.get(word.toLowerCase());
    if (found !== undefined) return found;
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
    throw new FormatError(file, 'holds no question', 'A question is a line "a b c d".');
  return {
    file,
    sections,
    questions: questions.map(({ section, line, words }) => {
      const four = words.map((word) => find(word, line)) as unknown as Four<number>;
      if (new Set(four).size === 4) return { section, line, labels: four };
      throw new FormatError(
        file,
        `line ${line}: a label comes twice in "${words.join(' ')}"`,
        'The three labels of a question are never its answer, so all four have to differ.',
      );
    }),
  };
}
