/** Opens the word vectors of a run again, for words that are no labels. */

import { LexelError } from '../util/errors.js';
import { meanRow } from '../util/metrics.js';
import { labelVectors, openWords, type WordVectors, wordsSpec } from '../words/index.js';
import { compareVectors } from '../words/same-space.js';
import type { Run, RunFile } from './run-file.js';

/** Word vectors of the space that a run was trained in. */
export interface RunWords {
  readonly words: WordVectors;
  /** Whether they are those that the run was begun with; otherwise they ship with Lexel and have the same vectors. */
  readonly own: boolean;
}

/** Why no words beyond the labels can be had: a message for the user, without a full stop. */
export interface NoWords {
  readonly reason: string;
  readonly hint?: string;
}

/**
 * The word vectors of a run, or the shipped ones if those are not found or hold only the labels, and the shipped ones
 * have the same vectors.
 * @param dataDir the directory that is searched first
 */
export async function wordsOfRun(
  { run, targets }: Pick<Run, 'run' | 'targets'>,
  dataDir?: string,
): Promise<RunWords | NoWords> {
  const refused: Refused[] = [];
  for (const spec of new Set([run.config.words, wordsSpec(run.words.source)])) {
    const found = await openFor(spec, run, targets, dataDir);
    if ('words' in found) return found;
    refused.push(found);
  }
  const shipped = await openFor('pack', run, targets, dataDir);
  if ('words' in shipped) return shipped;
  const { reason, hint } = refused.find(({ absent }) => !absent) ?? refused[0];
  return {
    reason,
    hint: [hint, 'The words that ship with Lexel are of another space.'].filter(Boolean).join(' '),
  };
}

interface Refused extends NoWords {
  /** Whether the vectors are not on this machine. */
  readonly absent: boolean;
}

async function openFor(
  spec: string,
  run: RunFile,
  targets: Float32Array,
  dataDir: string | undefined,
): Promise<RunWords | Refused> {
  let words: WordVectors;
  try {
    words = await openWords(spec, { dataDir });
  } catch (error) {
    if (!(error instanceof LexelError)) throw error;
    return { reason: error.message, hint: error.hint, absent: true };
  }
  const { source } = words;
  if (!labelsAgree(words, run.words.labels, targets).agree) {
    const reason = run.control
      ? `the control ${run.control} gave the labels other vectors than those of ${source}`
      : `${source} is not the word space of this run`;
    return {
      reason,
      hint: 'Give the directory that contains its word vectors with --data-dir.',
      absent: false,
    };
  }
  const labels = new Set(run.words.labels.flatMap(({ label, words: keys }) => [label, ...keys]));
  if (words.words.every((word) => labels.has(word)))
    return { reason: `${source} holds only the words of the labels`, absent: false };
  return { words, own: words.checksum === run.words.checksum };
}

/**
 * Compares the vectors that labels have in a set of words with those that they have in a run.
 * @param targets float32 [labels, d]: the run's raw vectors
 * @returns how many are equal, and whether the sets are of one space; sets of another dimension are not
 */
export function labelsAgree(
  words: WordVectors,
  labels: RunFile['words']['labels'],
  targets: Float32Array,
): ReturnType<typeof compareVectors> {
  const d = targets.length / labels.length;
  if (words.dimension !== d) return { same: 0, agree: false };
  const pairs = labels.flatMap(({ words: keys }, row) =>
    keys.every((key) => words.has(key))
      ? [[meanRow(labelVectors(words, keys).vectors, d), targets.subarray(row * d, (row + 1) * d)] as const]
      : [],
  );
  return compareVectors(pairs);
}
