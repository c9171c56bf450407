/**
 * Zero-shot classification: the words nearest to a network's outputs, with no retraining for new words. By the
 * cosine of (output − μ) with (vector − μ), by CSLS of it, or by the Euclidean distance (docs/DEFINITIONS.md).
 */
import { Best } from '../util/best.js';
import { CSLS_NEIGHBOURS, cslsScores, neighbourhoodMeans } from '../util/csls.js';
import { LexelError, UsageError } from '../util/errors.js';
import type { RankMetric } from '../util/metrics.js';
import { unitRows } from '../util/unit-rows.js';
import { dotRows, rowNorms, topK } from '../words/index.js';
import type { NamedCandidates } from './candidates.js';

/** One answer for an image. */
export interface RankedLabel {
  readonly label: string;
  /** Centred cosine, its CSLS, or the Euclidean distance; which one was asked for. */
  readonly score: number;
  /** Row among the candidates. */
  readonly index: number;
  /** Training never saw this class. */
  readonly unseen: boolean;
}

export interface ScoreOptions {
  /** Default cosine. */
  readonly metric?: RankMetric;
  /**
   * Cosines corrected by how close a word lies to images in general (CSLS, k = 10). It needs to know images:
   * float32 [n, d], outputs in the centred space at unit length, such as {@link ImageModel.embed} gives with `unit` or
   * an index holds.
   */
  readonly csls?: Float32Array;
}

export interface ClassifyOptions extends ScoreOptions {
  /** How many answers an image. Default 5. */
  readonly top?: number;
}

/** Candidates made ready once, for any number of outputs. */
export class Answerer {
  private readonly metric: RankMetric;
  /** Unit rows for cosine, the vectors themselves for the Euclidean distance. */
  private readonly rows: Float32Array;
  private readonly norms: Float32Array | undefined;
  private readonly neighbourhood: Float32Array | undefined;
  /** Candidates that are never answered, having no direction; none by distance. */
  private readonly without: ReadonlySet<number> = new Set();

  /** @throws LexelError when there are no candidates; UsageError for CSLS of distances. */
  constructor(
    private readonly candidates: NamedCandidates,
    options: ScoreOptions = {},
  ) {
    const { names, vectors, mu, directionless = new Set() } = candidates;
    if (names.length === 0) throw new LexelError('there are no candidates to choose from');
    this.metric = options.metric ?? 'cosine';
    const d = mu.length;
    if (this.metric === 'euclidean') {
      if (options.csls) throw new UsageError('--csls goes with cosines, not with --metric euclidean');
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

  /** Names of candidates that are never answered, since their word vector is zero and has no direction. */
  get directionless(): string[] {
    return [...this.without].map((c) => this.candidates.names[c]);
  }

  /**
   * The nearest candidates of each output, nearest first; equal scores in candidate order.
   *
   * @param outputs float32 [n, d], a network's outputs, placed in its space (`modelAnswers`).
   * @returns n lists of `top` answers.
   * @throws LexelError when the outputs have another dimension, or are not finite.
   */
  answer(outputs: Float32Array, top = 5): RankedLabel[][] {
    const { names, mu, unseen } = this.candidates;
    const d = mu.length;
    if (outputs.length % d !== 0) {
      throw new LexelError(`outputs of ${outputs.length} values do not divide into vectors of ${d}`);
    }
    if (!outputs.every(Number.isFinite)) throw new LexelError('the network answered NaN or infinity');
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
    if (this.norms) return topK(this.rows, count, query.length, query, top, this.norms, 'euclidean');
    const scores = Float64Array.from(dotRows(this.rows, query));
    for (const c of this.without) scores[c] = Number.NEGATIVE_INFINITY;
    if (this.neighbourhood) cslsScores(scores, this.neighbourhood, CSLS_NEIGHBOURS, scores);
    const best = new Best(Math.min(top, count - this.without.size));
    best.takeAll(scores);
    return best.found();
  }
}

/** {@link Answerer.answer} for one call. */
export function classifyOutputs(
  outputs: Float32Array,
  candidates: NamedCandidates,
  options: ClassifyOptions = {},
): RankedLabel[][] {
  return new Answerer(candidates, options).answer(outputs, options.top);
}
