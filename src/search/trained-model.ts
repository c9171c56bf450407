/** A trained network that embeds and classifies images, whatever runs it and wherever images and words come from. */
import type { Predictor } from '../engine/types.js';
import type { Network } from '../nn/types.js';
import type { Reading } from '../readings/reading.js';
import { earlyNetwork, familiarityOf } from '../train/familiarity.js';
import { featureNetwork } from '../train/features.js';
import type { Model } from '../train/model-bytes.js';
import { seenLabels } from '../train/model-header.js';
import { breathe } from '../util/breathe.js';
import { FormatError, LexelError, UsageError } from '../util/errors.js';
import { joinArrays } from '../util/join-arrays.js';
import type { Floats } from '../util/metrics.js';
import { unitRows } from '../util/unit-rows.js';
import type { WordTable } from '../words/word-table.js';
import type { Answerer, RankedLabel, ScoreOptions } from './answerer.js';
import { type CandidateOptions, candidatesOf, type NamedCandidates } from './candidates.js';
import { type Embeddings, embeddingsOf } from './embeddings.js';
import { readingOfModel } from './model-reading.js';

export interface TrainedModelOptions {
  /** The reading (src/readings): a name or a sum of names. Default: the best one that the model supports. */
  readonly reading?: string;
  /** Called with what the user should know of the model's file and words, such as that the file has no checksum. */
  readonly onWarning?: (message: string) => void;
}

/** The candidate words and their scoring. */
export interface AnswerOptions extends Omit<ScoreOptions, 'csls'> {
  /**
   * Restricts the candidates; duplicates count once. Labels of the model, or any word or phrase with vectors
   * in its word space.
   */
  readonly labels?: readonly string[];
  /**
   * The model's labels and this many words from the start of the vocabulary, or all of them. Excludes
   * `labels`.
   */
  readonly vocab?: number | 'all';
  /** See {@link ScoreOptions.csls}; `true` uses the seen labels' vectors as sample images. */
  readonly csls?: boolean | Float32Array;
}

/** The answers for one image, best first. */
export interface ImageAnswers extends Array<RankedLabel> {
  /**
   * The share of the test images of the model's seen classes that are less familiar than this image, from 0 to 1; below
   * {@link UNFAMILIAR} the image is unlike anything that the model was trained on. Undefined if the model's file has no
   * calibration.
   */
  readonly familiarity?: number;
}

/** Below this familiarity an image counts as unlike anything that the model was trained on: 5 % of its test images do. */
export const UNFAMILIAR = 0.05;

/** The parts of a network that are run: all of it, all except the last layer, or up to its early map. */
type Part = 'outputs' | 'features' | 'early';

/** What the network gives for n images. */
export interface Read {
  /** Points of the reading, float32 [n, dimension]. */
  readonly points: Float32Array;
  /** See {@link ImageAnswers.familiarity}; [n]. */
  readonly familiarity?: Float64Array;
}

const PARTS: Readonly<Record<Part, (network: Network) => Network>> = {
  outputs: (network) => network,
  features: featureNetwork,
  early: (network) => earlyNetwork(network)!,
};

/** Up to this many images run one by one; more run as a batch. */
const FEW = 8;
const BATCH = 32;
/** Images between two checks of an abort signal. */
const AT_ONCE = 4 * BATCH;

export abstract class TrainedModel<Images, Words extends WordTable = WordTable> {
  private readonly predictors = new Map<string, Promise<Predictor>>();
  private readonly reading: Reading;
  private readonly onWarning: (message: string) => void;
  private readonly familiarityOf: ReturnType<typeof familiarityOf> | undefined;
  private opened: Promise<Words> | undefined;
  private last: { options: AnswerOptions; answerer: Promise<Answerer> } | undefined;

  /**
   * @param file the model's file, for error messages
   * @throws UsageError for an unknown reading; FormatError for a reading that the model does not support
   */
  constructor(
    readonly model: Model,
    readonly file: string,
    options: TrainedModelOptions = {},
  ) {
    this.onWarning = options.onWarning ?? (() => {});
    this.reading = readingOfModel(model, file, options.reading);
    const { features, familiarity } = model;
    if (familiarity && features?.trainCovariance) {
      const { trainCovariance } = features;
      this.familiarityOf = familiarityOf({ ...features, trainCovariance }, familiarity);
    }
  }

  /** Whether the model's file has a calibration, so that answers have a familiarity. */
  get knowsFamiliarity(): boolean {
    return this.familiarityOf !== undefined;
  }

  /** The labels of the model, in class order. */
  get labels(): readonly string[] {
    return this.model.labels;
  }

  /** Name of the reading. */
  get readingName(): string {
    return this.reading.name;
  }

  /** Dimension of the reading's points; for `regression`, the dimension of the word vectors. */
  get dimension(): number {
    return this.reading.dimension;
  }

  /** μ [dimension], subtracted from points and words before their cosine is taken. */
  get mean(): Floats {
    return this.reading.mean;
  }

  /** Height and width of the network's input, in pixels. */
  get size(): number {
    return this.model.network.size;
  }

  /**
   * Maps images to points of the model's reading.
   *
   * @param images one or several
   * @param options.unit returns unit vectors of the centred space, whose dot products are centred cosines
   * @param options.signal aborts between images and batches
   * @returns one Float32Array [dimension] for every image; `matrix` has all of them, [n, dimension]
   * @throws FormatError for a file that is not a readable image; LexelError for pixels of the wrong size; the reason of
   * `signal` if it is aborted
   * @example
   * const [cat, dog] = await model.embed([catImage, dogImage]);
   */
  async embed(images: Images, options: { unit?: boolean; signal?: AbortSignal } = {}): Promise<Embeddings> {
    const { signal } = options;
    const outputs = await this.predict(await this.pixelsOf(images, signal), { signal });
    return embeddingsOf(options.unit ? unitRows(outputs, this.mean) : outputs, this.dimension);
  }

  /**
   * The words nearest to each image, nearest first, and how familiar the image is.
   *
   * @param images as for {@link embed}
   * @returns for every image, the `top` (default 5) best candidates
   * @throws like {@link embed}; UsageError for a label without a vector; LexelError if words other than the
   * labels are needed and the model's word vectors are not found; the reason of `signal` if it is aborted
   * @example
   * const [answers] = await model.classify(image, { top: 3 });
   * console.log(answers[0].label, answers[0].score, answers.familiarity);
   */
  async classify(
    images: Images,
    options: AnswerOptions & { top?: number; signal?: AbortSignal } = {},
  ): Promise<ImageAnswers[]> {
    const { signal, top } = options;
    signal?.throwIfAborted();
    const answerer = await this.answerer(options);
    const { points, familiarity } = await this.read(await this.pixelsOf(images, signal), { signal });
    const answers = answerer.answer(points, top);
    return familiarity
      ? answers.map((found, i) => Object.assign(found, { familiarity: familiarity[i] }))
      : answers;
  }

  /** Prepared candidates; the last ones are cached. Throws like {@link classify}. */
  answerer(options: AnswerOptions = {}): Promise<Answerer> {
    const { labels, vocab, metric, csls } = options;
    const last = this.last?.options;
    const same = last?.labels === labels && last?.vocab === vocab && last?.metric === metric;
    if (!this.last || !same || last?.csls !== csls) {
      this.last = { options: { labels, vocab, metric, csls }, answerer: this.prepareAnswerer(options) };
    }
    return this.last.answerer;
  }

  /**
   * Vectors of words in the reading's space; the model's own labels need no word vectors. Throws like {@link
   * classify}.
   */
  async candidates({
    labels,
    vocab,
  }: Pick<AnswerOptions, 'labels' | 'vocab'>): Promise<Required<NamedCandidates>> {
    if (labels && vocab !== undefined) {
      throw new UsageError('labels and a vocabulary exclude each other', 'Give one of --labels and --vocab.');
    }
    const { vectors, ...found } = await this.ownCandidates({ labels, vocab });
    return { ...found, vectors: this.reading.place(vectors), mu: Float32Array.from(this.mean) };
  }

  /** The candidates in the recipe's own space. */
  private async ownCandidates({
    labels,
    vocab,
  }: Pick<AnswerOptions, 'labels' | 'vocab'>): Promise<Required<NamedCandidates>> {
    const own = new Set(this.labels);
    const foreign = labels?.some((label) => !own.has(label));
    const options: CandidateOptions = { labels, first: vocab === 'all' ? undefined : vocab };
    if (!foreign && vocab === undefined) return candidatesOf(this.model, options);
    let words: Words;
    try {
      words = await this.words();
    } catch (error) {
      // Without --words, report the unknown label first: it may be a misspelt label of the model.
      if (foreign && !this.wordsGiven) candidatesOf(this.model, options);
      throw error;
    }
    const found = candidatesOf(this.model, { ...options, words });
    if (vocab !== undefined && found.names.length === own.size) {
      this.onWarning(
        `--vocab has nothing more to offer: ${words.source} contains no words other than the model's labels; ` +
          'a larger set of the same space can be given with --words',
      );
    }
    return found;
  }

  /** The word vectors that the model was trained with, or those given when it was opened. */
  words(): Promise<Words> {
    this.opened ??= this.openWords();
    return this.opened;
  }

  /** Frees the memory of the compiled networks; they are compiled again for the next image. */
  async dispose(): Promise<void> {
    const made = [...this.predictors.values()];
    this.predictors.clear();
    await Promise.all(made.map(async (predictor) => (await predictor).dispose()));
  }

  /**
   * Images as pixels for the network, uint8 [n, size, size, 3].
   * @throws what {@link embed} says of images
   */
  protected abstract pixelsOf(images: Images, signal?: AbortSignal): Promise<Uint8Array>;

  /** Opens the word vectors when they are first needed. @throws LexelError if they are not found */
  protected abstract openWords(): Promise<Words>;

  /** Whether the user gave word vectors, so that words that are no labels are meant to be among them. */
  protected abstract readonly wordsGiven: boolean;

  /** Compiles a network with the model's normalisation, without weights. */
  protected abstract compile(network: Network, batch: number): Promise<Predictor>;

  protected abstract makeAnswerer(candidates: NamedCandidates, options: ScoreOptions): Answerer;

  /**
   * Maps pixels to points of the reading: uint8 [n, size, size, 3] to float32 [n, dimension].
   * @throws FormatError naming the model's file if the network's outputs are not finite
   */
  async predict(pixels: Uint8Array, { signal }: { signal?: AbortSignal } = {}): Promise<Float32Array> {
    return (await this.read(pixels, { familiarity: false, signal })).points;
  }

  /**
   * Maps pixels, uint8 [n, size, size, 3], to points of the reading and, unless that is switched off or the model has no
   * calibration, to the images' familiarity. Throws like {@link predict}.
   */
  async read(
    pixels: Uint8Array,
    options: { familiarity?: boolean; signal?: AbortSignal } = {},
  ): Promise<Read> {
    const { signal } = options;
    const bytes = this.size ** 2 * 3;
    const count = pixels.length / bytes;
    if (!Number.isInteger(count)) {
      throw new LexelError(
        `${pixels.length} bytes are not a multiple of the size of a ${this.size} x ${this.size} RGB image`,
        'embed() accepts pixels of any size, as { data, width, height }.',
      );
    }
    const familiarityOf = options.familiarity === false ? undefined : this.familiarityOf;
    const outputs = await this.run('outputs', pixels, count, signal);
    const needsFeatures = this.reading.needsFeatures || familiarityOf !== undefined;
    const features = needsFeatures ? await this.run('features', pixels, count, signal) : undefined;
    const points = this.reading.points({ outputs, features });
    if (!points.every(Number.isFinite)) {
      throw new FormatError(
        this.file,
        'its network answers NaN or infinity',
        'Its training has diverged, or the file is damaged: train it or copy it again.',
      );
    }
    if (!familiarityOf) return { points };
    return { points, familiarity: familiarityOf(await this.run('early', pixels, count, signal), features!) };
  }

  /** Runs a part of the network on `count` images. */
  private async run(
    what: Part,
    pixels: Uint8Array,
    count: number,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const bytes = this.size ** 2 * 3;
    const tail = count % BATCH;
    const batched = tail > FEW ? count : count - tail;
    const parts: Float32Array[] = [];
    for (let from = 0; from < batched; from += AT_ONCE) {
      // A network may run on this thread: let the event loop deliver an abort.
      if (from > 0) await breathe();
      signal?.throwIfAborted();
      const predictor = await this.predictor(what, BATCH);
      const to = Math.min(batched, from + AT_ONCE);
      parts.push(await predictor.predict(pixels.subarray(from * bytes, to * bytes)));
    }
    signal?.throwIfAborted();
    if (batched < count) {
      const predictor = await this.predictor(what, 1);
      parts.push(await predictor.predict(pixels.subarray(batched * bytes)));
    }
    return joinArrays(Float32Array, parts);
  }

  private predictor(what: Part, batch: number): Promise<Predictor> {
    const key = `${what}/${batch}`;
    let made = this.predictors.get(key);
    if (!made) {
      const { network } = this.model;
      made = this.loaded(PARTS[what](network), batch);
      this.predictors.set(key, made);
    }
    return made;
  }

  private async loaded(network: Network, batch: number): Promise<Predictor> {
    const predictor = await this.compile(network, batch);
    await predictor.load(this.model.weights);
    return predictor;
  }

  private async prepareAnswerer(options: AnswerOptions): Promise<Answerer> {
    const { metric, csls } = options;
    const references = csls === true ? this.seenVectors() : csls || undefined;
    const candidates = await this.candidates(options);
    const [zero] = candidates.directionless;
    if (options.labels && metric !== 'euclidean' && zero !== undefined) {
      throw new UsageError(
        `"${candidates.names[zero]}" has a zero vector, which has no direction, so no image can match it`,
        'Leave it out, or compare distances: --metric euclidean.',
      );
    }
    return this.makeAnswerer(candidates, { metric, csls: references });
  }

  /** The seen labels' vectors as unit rows; a trained network's outputs cluster around them. */
  private seenVectors(): Float32Array {
    const { vectors, seenMean } = this.model;
    const d = seenMean.length;
    const rows = seenLabels(this.model).map((row) => vectors.subarray(row * d, (row + 1) * d));
    return unitRows(this.reading.place(joinArrays(Float32Array, rows)), this.mean);
  }
}
