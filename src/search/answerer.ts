/**
 * Zero-shot classification: finds the words nearest to a network's outputs, without retraining for new words.
 * Uses the cosine of (output − μ) with (vector − μ), its CSLS correction, or the Euclidean distance
 * (docs/DEFINITIONS.md).
 */
import { Best } from '../util/best.js';
import { CSLS_NEIGHBOURS, cslsScores, neighbourhoodMeans } from '../util/csls.js';
import { LexelError, UsageError } from '../util/errors.js';
import type { RankMetric } from '../util/metrics.js';
import { unitRows } from '../util/unit-rows.js';
import { type DotRows, portableDots } from '../words/portable-dots.js';
import { rowNorms, topRows } from '../words/top-rows.js';
import type { NamedCandidates } from './candidates.js';

/** One candidate in the ranking for an image. */
export interface RankedLabel {
  readonly label: string;
  /** Centred cosine, CSLS score or Euclidean distance, depending on the options. */
  readonly score: number;
  /** Index of the candidate. */
  readonly index: number;
  /** Whether the class was not in the training set. */
  readonly unseen: boolean;
}

export interface ScoreOptions {
  /** Default cosine. */
  readonly metric?: RankMetric;
  /**
   * Corrects cosines for words that are close to images in general (CSLS, k = 10), given sample images:
   * float32 [n, d], outputs as unit vectors of the centred space, such as {@link ImageModel.embed} returns
   * with `unit`, or the rows of an index.
   */
  readonly csls?: Float32Array;
}

/** Candidates prepared for any number of outputs. */
export class Answerer {
  private readonly metric: RankMetric;
  /** Unit vectors for the cosine, unchanged vectors for the Euclidean distance. */
  private readonly rows: Float32Array;
  private readonly norms: Float32Array | undefined;
  private readonly neighbourhood: Float32Array | undefined;
  /** Candidates that are skipped because they have no direction; empty for the Euclidean distance. */
  private readonly without: ReadonlySet<number> = new Set();

  /**
   * @param dots computes the dot products
   * @throws LexelError if there are no candidates; UsageError for CSLS of distances
   */
  constructor(
    private readonly candidates: NamedCandidates,
    options: ScoreOptions = {},
    private readonly dots: DotRows = portableDots,
  ) {
    const { names, vectors, mu, directionless = new Set() } = candidates;
    if (names.length === 0) throw new LexelError('there are no candidates to choose from');
    this.metric = options.metric ?? 'cosine';
    const d = mu.length;
    if (this.metric === 'euclidean') {
      if (options.csls)
        throw new UsageError('--csls needs cosines and does not work with --metric euclidean');
      this.rows = vectors;
      this.norms = rowNorms(vectors, names.length, d);
      return;
    }
    this.rows = unitRows(vectors, mu);
    this.without = directionless;
    if (names.length === directionless.size) {
      throw new LexelError('no candidate has a direction: their word vectors are all zero');
    }
    if (options.csls) this.neighbourhood = neighbourhoodMeans(this.rows, d, options.csls, CSLS_NEIGHBOURS);
  }

  /** Number of candidates, without those that are skipped: guessing names the right one for one image in so many. */
  get count(): number {
    return this.candidates.names.length - this.without.size;
  }

  /** Names of the candidates that are skipped because their word vector is zero and has no direction. */
  get directionless(): string[] {
    return [...this.without].map((c) => this.candidates.names[c]);
  }

  /**
   * The nearest candidates of each output, nearest first; ties are in candidate order.
   *
   * @param outputs float32 [n, d], a network's outputs in the model's space (`modelAnswers`)
   * @returns n lists of `top` candidates
   * @throws LexelError if the outputs have another dimension or are not finite
   */
  answer(outputs: Float32Array, top = 5): RankedLabel[][] {
    const { names, mu, unseen } = this.candidates;
    const d = mu.length;
    if (outputs.length % d !== 0) {
      throw new LexelError(`${outputs.length} output values are not a multiple of the dimension ${d}`);
    }
    if (!outputs.every(Number.isFinite))
      throw new LexelError("the network's outputs contain NaN or infinity");
    const queries = this.metric === 'cosine' ? unitRows(outputs, mu) : outputs;
    return Array.from({ length: outputs.length / d }, (_, i) => {
      const { rows, scores } = this.nearest(queries.subarray(i * d, (i + 1) * d), top);
      return Array.from(rows, (index, r) => ({
        label: names[index],
        score: this.metric === 'cosine' ? scores[r] : -scores[r],
        index,
        unseen: unseen.has(names[index]),
      }));
    });
  }

  private nearest(query: Float32Array, top: number): { rows: Int32Array; scores: Float64Array } {
    const count = this.candidates.names.length;
    if (this.norms)
      return topRows(
        this.rows,
        count,
        query.length,
        query,
        top,
        this.norms,
        'euclidean',
        undefined,
        this.dots,
      );
    const scores = Float64Array.from(this.dots(this.rows, query));
    for (const c of this.without) scores[c] = Number.NEGATIVE_INFINITY;
    if (this.neighbourhood) cslsScores(scores, this.neighbourhood, CSLS_NEIGHBOURS, scores);
    const best = new Best(Math.min(top, count - this.without.size));
    best.takeAll(scores);
    return best.found();
  }
}
