/** Finds the word vectors that a model was trained with, so that any of their words can be a candidate. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Model } from '../train/model-bytes.js';
import { checkDataDirectory, dataDirectories } from '../util/data-dir.js';
import { FormatError, LexelError } from '../util/errors.js';
import type { OpenWordsOptions } from '../words/open.js';
import { BUNDLED_WORDS, openWords, wordsSpec } from '../words/open.js';
import type { WordVectors } from '../words/word-vectors.js';
import { candidatesOf } from './candidates.js';

/**
 * The first set of the model's word space that is found: the bundled or published set that its file came from, or a
 * file of the same name in a data directory (see {@link dataDirectories}).
 *
 * @param options.dataDir searched first
 * @throws LexelError if there is none; the hint names the set, or explains why a set that was found does not
 * fit
 */
export async function wordsOfModel(
  model: Pick<Model, 'words' | 'labels' | 'vectors' | 'seenMean' | 'heldOut' | 'recipe'>,
  options: OpenWordsOptions = {},
): Promise<WordVectors> {
  checkDataDirectory(options.dataDir);
  const { source, dimension } = model.words;
  const reading = { ...options, dimension };
  let refused: FormatError | undefined;
  for (const spec of specsOf(source, dimension, options.dataDir)) {
    try {
      const words = await openWords(spec, reading);
      candidatesOf(model, { words, labels: model.labels.slice(0, 1) }); // throws for words of another space
      return words;
    } catch (error) {
      if (!(error instanceof LexelError)) throw error;
      if (error instanceof FormatError) refused ??= error;
    }
  }
  if (refused) throw refused;
  const pack = wordsSpec(source) === 'glove:50' ? ' `--words pack` has 14,180 words of the same space.' : '';
  throw new LexelError(
    `the word vectors that the model was trained with (${source}, ${dimension} dimensions) were not found`,
    `Give them with --words, or give the data directory that contains them with --data-dir.${pack}`,
    { code: 'LEXEL_NOT_FOUND' },
  );
}

function specsOf(source: string, dimension: number, dataDir?: string): string[] {
  const specs: string[] = Object.values(BUNDLED_WORDS).filter((file) => basename(file) === source);
  // Prefers the whole set to the part of it that the model may have been trained with.
  if (source.startsWith('glove.6B.')) specs.push(`glove:${dimension}`);
  for (const dir of dataDirectories(dataDir)) {
    specs.push(...[join(dir, source), join(dir, 'glove', source)].filter((file) => existsSync(file)));
  }
  return specs;
}
