/** Which words a picture may be answered with: the model's labels, words of a vocabulary, or only some of them. */
import type { Model } from '../train/index.js';
import { LexelError, UsageError } from '../util/errors.js';
import { centredCosine } from '../util/metrics.js';
import { labelVectors, nearestSpellings, type WordVectors } from '../words/index.js';

/** A word that a picture may be answered with. */
export interface Candidate {
  readonly word: string;
  /** [dimension], in the space of the model's outputs. */
  readonly vector: Float32Array;
}

export interface CandidateOptions {
  /** Only these: labels of the model or, with `words`, any labels of its vocabulary ("willow_tree" too). Default all. */
  readonly labels?: readonly string[];
  /** A vocabulary beside the model's labels; it has to be the space that the labels' vectors come from. */
  readonly words?: WordVectors;
}

/**
 * Candidates for a model's outputs.
 *
 * @throws UsageError for a label that neither the model nor the words know; LexelError for words of another space.
 */
export function candidatesOf(
  model: Pick<Model, 'labels' | 'vectors' | 'seenMean' | 'recipe'>,
  options: CandidateOptions = {},
): Candidate[] {
  const d = model.seenMean.length;
  const { labels, words } = options;
  if (words) checkSameSpace(model, words);
  const own = new Map(model.labels.map((word, i) => [word, model.vectors.subarray(i * d, (i + 1) * d)]));
  if (labels) {
    return labels.map((word) => {
      const vector = own.get(word) ?? (words && labelVectors(words, [word]).vectors);
      if (vector) return { word, vector };
      const near = nearestSpellings(word, model.labels, 3);
      const hint = near.length > 0 ? `Nearest: ${near.join(', ')}. ` : '';
      throw new UsageError(
        `the model has no label "${word}"`,
        `${hint}Other words need the vectors that it was trained on: --words.`,
      );
    });
  }
  const all = Array.from(own, ([word, vector]) => ({ word, vector }));
  for (const word of words?.words ?? []) if (!own.has(word)) all.push({ word, vector: words!.require(word) });
  return all;
}

/** Words fit when labels that are words of theirs have the very same vectors: files may differ, the space may not. */
function checkSameSpace(
  model: Pick<Model, 'labels' | 'vectors' | 'seenMean' | 'recipe'>,
  words: WordVectors,
): void {
  const d = model.seenMean.length;
  const hint = 'Name the word vectors that it was trained on with --words.';
  if (model.recipe !== 'poster') {
    throw new LexelError(`words cannot be added to a model of recipe "${model.recipe}" yet`);
  }
  if (words.dimension !== d) {
    throw new LexelError(`${words.source} has ${words.dimension} dimensions, the model ${d}`, hint);
  }
  const found = labelVectors(words, model.labels, { onMissing: 'skip' });
  let same = 0;
  let different = 0;
  for (const [i, { label, via }] of found.sources.entries()) {
    if (via === 'alias') continue;
    const row = model.labels.indexOf(label);
    const own = model.vectors.subarray(row * d, (row + 1) * d);
    if (centredCosine(found.vectors.subarray(i * d, (i + 1) * d), own) > 0.999) same++;
    else different++;
  }
  if (same === 0 || different > same) {
    throw new LexelError(`${words.source} is not the word space that the model was trained in`, hint);
  }
}
