/**
 * Analogy questions in the format of the Google test (Mikolov et al. 2013): `: section` lines, each followed by lines
 * of four words, "a b c d" for "a is to b as c is to d". Empty lines are skipped, and so are comment lines that start
 * with `#` (an extension: Google's file has no comments).
 */
import { readBytes } from '../formats/read.js';
import { FormatError } from '../util/errors.js';

/** A value for each of a, b, c and d. */
export type Four<T> = readonly [T, T, T, T];

export interface AnalogyQuestion {
  /** Index among the sections. */
  readonly section: number;
  /** Line of the file, from 1. */
  readonly line: number;
  /** a, b, c and the correct answer d, as written. */
  readonly words: Four<string>;
}

export interface AnalogyQuestions {
  readonly file: string;
  /** Section names, in order; questions before the first section line go to a section named "questions". */
  readonly sections: readonly string[];
  readonly questions: readonly AnalogyQuestion[];
}

/** @throws FormatError if the file cannot be read or a line is neither a section nor four words. */
export function readAnalogies(file: string): AnalogyQuestions {
  const text = readBytes(file).toString('utf8');
  const sections: string[] = [];
  const questions: AnalogyQuestion[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith(':')) {
      sections.push(line.slice(1).trim());
      continue;
    }
    const words = line.split(/\s+/);
    if (words.length !== 4) {
      throw new FormatError(
        file,
        `line ${i + 1}: ${words.length} words instead of 4`,
        'Expected Google\'s format: ": section" lines, and "a b c d" lines for "a is to b as c is to d".',
      );
    }
    if (sections.length === 0) sections.push('questions');
    questions.push({
      section: sections.length - 1,
      line: i + 1,
      words: words as unknown as Four<string>,
    });
  }
  return { file, sections, questions };
}
