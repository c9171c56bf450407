/** Finds the word vectors that a model was trained among, so that any word of theirs can answer. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Model } from '../train/index.js';
import { dataDirectories } from '../util/data-dir.js';
import { FormatError, LexelError } from '../util/errors.js';
import { BUNDLED_WORDS, type OpenWordsOptions, openWords, type WordVectors } from '../words/index.js';
import { candidatesOf } from './candidates.js';

/**
 * The first set of the model's own space: the published set that its file belonged to, a file of the same name in a data
 * directory (see {@link dataDirectories}), or the bundled set.
 *
 * @param options.dataDir searched before all others.
 * @throws LexelError when there is none; the hint says which set it was, or why one that is there does not do.
 */
export async function wordsOfModel(
  model: Pick<Model, 'words' | 'labels' | 'vectors' | 'seenMean' | 'heldOut' | 'recipe'>,
  options: OpenWordsOptions = {},
): Promise<WordVectors> {
  const { source, dimension } = model.words;
  let refused: FormatError | undefined;
  for (const spec of specsOf(source, dimension, options.dataDir)) {
    try {
      const words = await openWords(spec, options);
      candidatesOf(model, { words, labels: model.labels.slice(0, 1) }); // throws for words of another space
      return words;
    } catch (error) {
      if (!(error instanceof LexelError)) throw error;
      if (error instanceof FormatError) refused ??= error;
    }
  }
  if (refused) throw refused;
  throw new LexelError(
    `the word vectors that the model was trained among (${source}, ${dimension} dimensions) are not at hand`,
    'Name them with --words, or the data directory that holds them with --data-dir.',
  );
}

function specsOf(source: string, dimension: number, dataDir?: string): string[] {
  const specs: string[] = [];
  // The whole set before the part of it that the model may have been given.
  if (source.startsWith('glove.6B.')) specs.push(`glove:${dimension}`);
  for (const dir of dataDirectories(dataDir)) {
    specs.push(...[join(dir, source), join(dir, 'glove', source)].filter((file) => existsSync(file)));
  }
  if (source === basename(BUNDLED_WORDS)) specs.push(BUNDLED_WORDS);
  return specs;
}
