/**
 * Image analogies (a is to b as c is to ?), with a network's outputs for images in place of the words. The
 * arithmetic is that of Mikolov et al. 2013 (3CosAdd) or Levy & Goldberg 2014 (3CosMul). Answers are ranked
 * among all labels except a, b and c.
 *
 * Vectors of similar labels are often so close together that the label nearest to c, or to b, answers many
 * questions without any arithmetic (Linzen, "Issues in evaluating semantic spaces using word analogies",
 * 2016; Rogers et al., "The (too many) problems of analogical reasoning with word vectors", 2017). So both
 * are measured as baselines, on the same draws.
 *
 * All vectors are taken in the target space with the seen labels' mean μ subtracted, and scaled to unit
 * length. So only the cosines of each image and each word with each label are needed, and they are computed
 * once.
 */
import { classMeans } from '../train/predict.js';
import { LexelError } from '../util/errors.js';
import {
  type Floats,
  hitAt,
  meanRank,
  placeOf,
  prepareCandidates,
  scoreCandidates,
} from '../util/metrics.js';
import { deriveKey, Random } from '../util/random.js';
import type { AnalogyMethod } from '../words/index.js';
import type { LabelQuestion } from './label-questions.js';

/**
 * The inputs for a, b and c: one test image each; the mean output over each class's test images; an image for
 * c and words for a and b ("image of a boy − man + woman"); or words only.
 */
export const ANALOGY_FORMS = ['images', 'means', 'mixed', 'words'] as const;
export type AnalogyForm = (typeof ANALOGY_FORMS)[number];

/** How the answer is found: by the arithmetic, or as the label nearest to b alone or to c alone. */
export const ANALOGY_ANSWERS = ['arithmetic', 'b', 'c'] as const;
export type AnalogyAnswer = (typeof ANALOGY_ANSWERS)[number];

/** Measures of one question, averaged over draws. Ties count half (docs/DEFINITIONS.md). */
export interface AnalogyMeasures {
  /** Share of draws in which d is the nearest label. */
  readonly hit1: number;
  /** Share of draws in which d is among the five nearest labels. */
  readonly hit5: number;
  /** Mean rank of d among the labels without a, b and c, from 1. */
  readonly rank: number;
}

export type AnalogyScores = Readonly<Record<AnalogyForm, Readonly<Record<AnalogyAnswer, AnalogyMeasures>>>>;

/** A model's labels, and its outputs for test images. */
export interface AnalogySpace {
  /** float32 [labels, d]. */
  readonly vectors: Floats;
  /** Labels whose word vector is zero; they are no candidates. Default: none. */
  readonly directionless?: ReadonlySet<number>;
  /** μ, [d]. */
  readonly seenMean: Floats;
  /** Raw outputs, float32 [n, d]. */
  readonly outputs: Float32Array;
  /** Label index of each output, [n]. */
  readonly labels: Int32Array;
}

export interface ImageAnalogyOptions {
  /** Number of images drawn for each of a, b and c. Default 200. */
  readonly draws?: number;
  /** Seed of the draws. Default 0. */
  readonly seed?: number;
  /** Default 3cosadd. */
  readonly method?: AnalogyMethod;
}

const EPSILON = 0.001;

/**
 * Scores every question in all forms. The images drawn for a question depend neither on the other questions
 * nor on the model, if the models have the same images.
 *
 * @throws LexelError if a label of a question has no image, or if outputs are not finite
 */
export function scoreAnalogies(
  space: AnalogySpace,
  questions: readonly LabelQuestion[],
  options: ImageAnalogyOptions = {},
): AnalogyScores[] {
  const { draws = 200, seed = 0, method = '3cosadd' } = options;
  const { vectors, seenMean, outputs, labels } = space;
  const d = seenMean.length;
  const count = vectors.length / d;
  if (!outputs.every(Number.isFinite)) throw new LexelError("the network's outputs contain NaN or infinity");
  const cosines = cosinesWith(space, method);
  const images = cosines(outputs);
  const words = cosines(vectors);
  const everyLabel = Array.from({ length: count }, (_, c) => c);
  const means = cosines(classMeans(outputs, labels, everyLabel, d));
  const imagesOf = everyLabel.map((): number[] => []);
  for (const [i, label] of labels.entries()) imagesOf[label].push(i);

  return questions.map(({ labels: four }) => {
    const [a, b, c] = four;
    for (const label of [a, b, c]) {
      if (imagesOf[label].length === 0) throw new LexelError(`label ${label} has no test image`);
    }
    const random = new Random(deriveKey(seed, 'analogy', ...four));
    const drawn = Array.from({ length: draws }, () =>
      [a, b, c].map((label) => images[imagesOf[label][random.below(imagesOf[label].length)]]),
    );
    const measure = (terms: readonly (readonly Float64Array[])[]) => measures(terms, four, count, method);
    return {
      images: measure(drawn),
      means: measure([[means[a], means[b], means[c]]]),
      mixed: measure(drawn.map(([, , image]) => [words[a], words[b], image])),
      words: measure([[words[a], words[b], words[c]]]),
    };
  });
}

/**
 * Returns a function from vectors [n, d] to n rows of centred cosines with every label, shifted to [0, 1] for
 * 3CosMul.
 */
function cosinesWith({ vectors: labels, seenMean: mu, directionless }: AnalogySpace, method: AnalogyMethod) {
  // Non-candidates score −∞, so sums with them never reach a finite score.
  const candidates = prepareCandidates(labels, mu, 'cosine', directionless);
  return (vectors: Floats): Float64Array[] =>
    Array.from({ length: vectors.length / mu.length }, (_, row) => {
      const scores = new Float64Array(candidates.count);
      scoreCandidates(vectors, row, candidates, scores);
      return method === '3cosmul' ? scores.map((x) => (x + 1) / 2) : scores;
    });
}

/** @param terms for each draw, the cosines of a, b and c with every label */
function measures(
  terms: readonly (readonly Float64Array[])[],
  four: LabelQuestion['labels'],
  count: number,
  method: AnalogyMethod,
): Record<AnalogyAnswer, AnalogyMeasures> {
  const combine =
    method === '3cosadd'
      ? (a: number, b: number, c: number) => b - a + c
      : (a: number, b: number, c: number) => (b * c) / (a + EPSILON);
  const answers: Record<AnalogyAnswer, (a: number, b: number, c: number) => number> = {
    arithmetic: combine,
    b: (_a, b) => b,
    c: (_a, _b, c) => c,
  };
  const of = (score: (a: number, b: number, c: number) => number): AnalogyMeasures => {
    const above = new Float64Array(terms.length);
    const tied = new Float64Array(terms.length);
    const [qa, qb, qc, d] = four;
    const scores = new Float64Array(count);
    for (const [i, [a, b, c]] of terms.entries()) {
      for (let w = 0; w < count; w++) scores[w] = score(a[w], b[w], c[w]);
      // The question's own labels a, b and c are excluded.
      for (const w of [qa, qb, qc]) if (w !== d) scores[w] = Number.NEGATIVE_INFINITY;
      const place = placeOf(scores, d);
      above[i] = place.above;
      tied[i] = place.tied;
    }
    const ranks = { above, tied };
    return { hit1: hitAt(ranks, 1), hit5: hitAt(ranks, 5), rank: meanRank(ranks) };
  };
  return { arithmetic: of(answers.arithmetic), b: of(answers.b), c: of(answers.c) };
}
