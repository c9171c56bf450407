/** Maps the labels of a data set to word vectors, which are the training targets. */

import { LexelError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import { nearestSpellings } from '../util/spelling.js';
import type { WordTable } from './word-table.js';

/**
 * Substitutes for labels that published sets do not contain. Used only if the label itself is missing, and recorded
 * as `via: 'alias'`.
 */
export const KNOWN_ALIASES: Readonly<Record<string, string>> = {
  lawn_mower: 'lawn',
  poppy: 'poppies',
};

/** The words that a label's vector was computed from; recorded in run.json. */
export interface LabelSource {
  readonly label: string;
  /** Keys of the word vectors used; more than one for a mean. */
  readonly words: readonly string[];
  readonly via: 'exact' | 'alias' | 'mean';
}

export interface LabelOptions {
  /** Maps a label, or a word of a label, to the key to use instead. Takes precedence (`--alias old=new`). */
  readonly aliases?: Readonly<Record<string, string>>;
  /** `skip` omits labels without a vector. Default: error. */
  readonly onMissing?: 'error' | 'skip';
}

export interface LabelVectors {
  /** float32 [labels found, dimension], in label order. */
  readonly vectors: Float32Array;
  readonly sources: readonly LabelSource[];
  /** Labels that were omitted (`onMissing: 'skip'`). */
  readonly skipped: readonly string[];
}

/**
 * Finds vectors for labels. Tries, in this order: the user's alias; the label as a key (also in lower case, and with
 * `_`, `-` and space exchanged); a known alias ({@link KNOWN_ALIASES}); the mean of the label's words
 * (`maple_tree` → maple, tree).
 *
 * @throws LexelError for a label without a vector, with the missing word and its nearest spellings; for an alias whose
 *   left side is neither a label nor a word of one; for an alias to an unknown word.
 */
export function labelVectors(
  words: WordTable,
  labels: readonly string[],
  options: LabelOptions = {},
): LabelVectors {
  const aliases = options.aliases ?? {};
  checkAliases(words, labels, aliases);
  const sources: LabelSource[] = [];
  const skipped: string[] = [];
  for (const label of labels) {
    const found = findLabel(words, label, aliases);
    if (found.missing === undefined) sources.push(found.source);
    else if (options.onMissing === 'skip') skipped.push(label);
    else throw missingLabel(words, label, found.missing);
  }
  if (sources.length === 0) {
    throw new LexelError(
      `none of the ${labels.length} labels has a word vector in ${words.source}`,
      'Use other word vectors with --words.',
      { code: 'LEXEL_NOT_FOUND' },
    );
  }
  const d = words.dimension;
  const vectors = new Float32Array(sources.length * d);
  for (const [i, { words: keys }] of sources.entries()) vectors.set(meanOf(words, keys), i * d);
  return { vectors, sources, skipped };
}

type Found = { source: LabelSource; missing?: undefined } | { missing: string };

function findLabel(words: WordTable, label: string, aliases: Readonly<Record<string, string>>): Found {
  if (Object.hasOwn(aliases, label)) return { source: viaAlias(words, label, aliases[label]) };
  const exact = findKey(words, label);
  if (exact !== undefined) return { source: { label, words: [exact], via: 'exact' } };
  if (Object.hasOwn(KNOWN_ALIASES, label) && words.has(KNOWN_ALIASES[label])) {
    return { source: { label, words: [KNOWN_ALIASES[label]], via: 'alias' } };
  }
  const parts = partsOf(label);
  const keys: string[] = [];
  for (const part of parts) {
    const target = Object.hasOwn(aliases, part) ? aliases[part] : part;
    const known = Object.hasOwn(KNOWN_ALIASES, part) ? findKey(words, KNOWN_ALIASES[part]) : undefined;
    const key = findKey(words, target) ?? known;
    if (key === undefined) return { missing: part };
    keys.push(key);
  }
  return keys.length > 0 ? { source: { label, words: keys, via: 'mean' } } : { missing: label };
}

/** Resolves a user's alias to a key, or to several words to be averaged. `checkAliases` has checked that they exist. */
function viaAlias(words: WordTable, label: string, target: string): LabelSource {
  const key = findKey(words, target);
  return {
    label,
    words: key === undefined ? partsOf(target).map((p) => findKey(words, p)!) : [key],
    via: 'alias',
  };
}

/** Finds the key of a word: as written, in lower case, or with other separators between its parts. */
function findKey(words: WordTable, word: string): string | undefined {
  const spellings = [word, word.toLowerCase()];
  for (const joint of ['_', '-', ' ']) spellings.push(partsOf(word.toLowerCase()).join(joint));
  return spellings.find((spelling) => words.has(spelling));
}

function partsOf(label: string): string[] {
  return label.split(/[_\-\s]+/).filter(Boolean);
}

function meanOf(words: WordTable, keys: readonly string[]): Float32Array {
  if (keys.length === 1) return words.require(keys[0]);
  const sum = new Float64Array(words.dimension);
  for (const key of keys) {
    const vector = words.require(key);
    for (let j = 0; j < sum.length; j++) sum[j] += vector[j];
  }
  return Float32Array.from(sum, (value) => value / keys.length);
}

/** Rejects invalid aliases; without this check, a mistyped alias would silently have no effect. */
function checkAliases(
  words: WordTable,
  labels: readonly string[],
  aliases: Readonly<Record<string, string>>,
): void {
  for (const [old, target] of Object.entries(aliases)) {
    if (!labels.some((label) => label === old || partsOf(label).includes(old))) {
      const near = nearestSpellings(old, labels, 3);
      const hint = near.length > 0 ? `Nearest labels: ${near.join(', ')}.` : undefined;
      throw new LexelError(`--alias ${old}=${target}: there is no label "${old}"`, hint);
    }
    if (findKey(words, target) !== undefined) continue;
    const missing = partsOf(target).find((part) => findKey(words, part) === undefined);
    if (missing === undefined && partsOf(target).length > 0) continue;
    const { message, hint } = words.unknown(missing ?? target);
    throw new LexelError(`--alias ${old}=${target}: ${message}`, hint);
  }
}

function missingLabel(words: WordTable, label: string, missing: string): LexelError {
  const part = missing === label ? '' : ` ("${missing}" is missing)`;
  const near = nearestSpellings(missing, words.words, 1)[0] ?? '<word>';
  const ways = `Use --alias ${shellWord(`${missing}=${near}`)} to choose another word, or --on-missing skip to omit the label.`;
  return new LexelError(
    `the label "${label}" has no word vector in ${words.source}${part}`,
    [words.waysOut(missing), ways].filter(Boolean).join(' '),
    { code: 'LEXEL_NOT_FOUND' },
  );
}
