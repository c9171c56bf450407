/**
 * Trains word vectors on a text file with GloVe (Pennington, Socher & Manning, EMNLP 2014): the weighted least
 * squares of equation 8 with the weights of equation 9, minimised by AdaGrad. Training uses one thread and keyed
 * random draws, so the same text and options give the same vectors.
 */
import { basename } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { LexelError, UsageError } from '../../util/errors.js';
import { deriveKey, Random } from '../../util/random.js';
import { WordVectors } from '../word-vectors.js';
import { checkWordsFile, writeWords } from '../write.js';
import { type Cooccurrences, cooccurrences } from './cooccurrence.js';
import { readCorpus } from './tokenise.js';

export interface GloveOptions {
  /** Dimension of the vectors. Default 50. */
  readonly dimension?: number;
  /** Number of context words on each side. Default 15, as in the paper. */
  readonly window?: number;
  /** Words that occur less often are dropped. Default 5. */
  readonly minCount?: number;
  /** Passes over the co-occurrences. Default 50, which the paper uses for fewer than 300 dimensions. */
  readonly epochs?: number;
  /** Co-occurrence counts of at least xMax have weight 1 (equation 9). Default 100. */
  readonly xMax?: number;
  /** Exponent of the weight below xMax (equation 9). Default 0.75. */
  readonly alpha?: number;
  /** Initial learning rate of AdaGrad. Default 0.05. */
  readonly learningRate?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Called after each epoch with its number, from 1, and the mean weighted squared error. */
  readonly onEpoch?: (epoch: number, loss: number) => void;
  /** Aborts between epochs; nothing is written then. */
  readonly signal?: AbortSignal;
}

const DEFAULTS = {
  dimension: 50,
  window: 15,
  minCount: 5,
  epochs: 50,
  xMax: 100,
  alpha: 0.75,
  learningRate: 0.05,
  seed: 1,
};
type Settings = typeof DEFAULTS;

/**
 * Trains word vectors on a text file and writes them (`lexel words train corpus.txt --out x.lexw`).
 *
 * @param out a `.lexw` or `.txt` file; the name is checked before training starts.
 * @throws the errors of {@link learnWords} and {@link writeWords}.
 */
export async function trainWords(
  file: string,
  out: string,
  options: GloveOptions = {},
): Promise<WordVectors> {
  checkWordsFile(out);
  const words = await learnWords(file, options);
  writeWords(out, words);
  return words;
}

/**
 * Trains word vectors on a text file.
 *
 * @param file UTF-8 text; contexts do not extend across line ends.
 * @returns the words by decreasing frequency, each with the sum of its word and context vectors (section 4.2 of the
 *   paper).
 * @throws UsageError for invalid options; FormatError if the text is too short; LexelError if training diverges;
 *   the reason of `signal` if it is aborted.
 */
export async function learnWords(file: string, options: GloveOptions = {}): Promise<WordVectors> {
  options.signal?.throwIfAborted();
  const settings: Settings = { ...DEFAULTS, ...definedOnly(options) };
  check(settings);
  const corpus = await readCorpus(file, settings.minCount);
  const pairs = cooccurrences(corpus, settings.window);
  const matrix = await minimise(pairs, corpus.vocabulary.length, settings, options);
  const table = { words: corpus.vocabulary, dimension: settings.dimension, matrix };
  return new WordVectors(table, basename(file));
}

/** Minimises equation 8. Returns float32 [words, dimension]. */
async function minimise(
  pairs: Cooccurrences,
  count: number,
  settings: Settings,
  { onEpoch, signal }: GloveOptions,
): Promise<Float32Array> {
  const { dimension: d, learningRate, seed } = settings;
  // Each row is a vector followed by its bias. The word rows come first, then the same number of context rows.
  const width = d + 1;
  const random = new Random(deriveKey(seed, 'words/init'));
  const rows = Float64Array.from({ length: 2 * count * width }, () => (random.uniform() - 0.5) / d);
  const squares = new Float64Array(rows.length).fill(1);
  const order = Int32Array.from(pairs.values, (_, i) => i);
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    await breathe(); // lets the caller abort
    signal?.throwIfAborted();
    new Random(deriveKey(seed, 'words/order', epoch)).shuffle(order);
    let loss = 0;
    for (const p of order) {
      const word = pairs.rows[p] * width;
      const context = (count + pairs.columns[p]) * width;
      let error = rows[word + d] + rows[context + d] - Math.log(pairs.values[p]);
      for (let j = 0; j < d; j++) error += rows[word + j] * rows[context + j];
      const weight = Math.min(1, (pairs.values[p] / settings.xMax) ** settings.alpha);
      loss += weight * error * error;
      // AdaGrad. As in the authors' program, the derivative's factor of 2 is absorbed by the learning rate.
      const slope = weight * error;
      for (let j = 0; j < width; j++) {
        const a = word + j;
        const b = context + j;
        const gradientA = slope * (j < d ? rows[b] : 1);
        const gradientB = slope * (j < d ? rows[a] : 1);
        rows[a] -= (learningRate * gradientA) / Math.sqrt(squares[a]);
        rows[b] -= (learningRate * gradientB) / Math.sqrt(squares[b]);
        squares[a] += gradientA * gradientA;
        squares[b] += gradientB * gradientB;
      }
    }
    loss /= order.length;
    if (!Number.isFinite(loss)) {
      throw new LexelError(`training diverged in epoch ${epoch}`, 'Lower the learning rate.', {
        code: 'LEXEL_DIVERGED',
      });
    }
    onEpoch?.(epoch, loss);
  }
  const matrix = new Float32Array(count * d);
  for (let w = 0; w < count; w++) {
    for (let j = 0; j < d; j++) matrix[w * d + j] = rows[w * width + j] + rows[(count + w) * width + j];
  }
  return matrix;
}

function check(settings: Settings): void {
  const whole: (keyof Settings)[] = ['dimension', 'window', 'minCount', 'epochs'];
  for (const name of whole) {
    if (!Number.isInteger(settings[name]) || settings[name] < 1) {
      throw new UsageError(`${name} must be a whole number of at least 1, not ${settings[name]}`);
    }
  }
  for (const name of ['xMax', 'alpha', 'learningRate'] as const) {
    if (!(settings[name] > 0 && Number.isFinite(settings[name]))) {
      throw new UsageError(`${name} must be above 0, not ${settings[name]}`);
    }
  }
}

function definedOnly(options: GloveOptions): Partial<Settings> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
