/** A trained network as an object that answers images: its outputs, and the words near them. */
import { availableParallelism } from 'node:os';
import { type BackendChoice, createPredictor, engineInfo, type Predictor } from '../engine/index.js';
import type { Network } from '../nn/index.js';
import type { Reading } from '../readings/index.js';
import { featureNetwork, type Model, seenLabels } from '../train/index.js';
import { FormatError, LexelError, UsageError } from '../util/errors.js';
import { joinArrays } from '../util/join-arrays.js';
import type { Floats } from '../util/metrics.js';
import { unitRows } from '../util/unit-rows.js';
import { openWords, type ReadOptions, type WordVectors } from '../words/index.js';
import { type CandidateOptions, candidatesOf, type NamedCandidates } from './candidates.js';
import { Answerer, type RankedLabel, type ScoreOptions } from './classify.js';
import { type Images, pixelsOf } from './images.js';
import { readingOfModel } from './model-reading.js';
import { wordsOfModel } from './model-words.js';

export interface ImageModelOptions extends ReadOptions {
  /** What computes. Default the native addon where it is built, else WebAssembly. */
  readonly backend?: BackendChoice;
  /** Threads for batches of images (native only; the answers are the same). Default one a core, at most 4. */
  readonly threads?: number;
  /** Word vectors, as `--words` takes them; default the set that the model was trained among, when it is needed. */
  readonly words?: string | WordVectors;
  /** How images and words meet (src/readings): a name, or a sum of names. Default the best that the model can give. */
  readonly reading?: string;
  /** Where word vectors are looked for first. */
  readonly dataDir?: string;
  /** Called when word vectors had to be opened: `repairs` is what was mended in their file. */
  readonly onWords?: (words: WordVectors) => void;
  /** Called with what the user should know of the model's file, such as that it has no checksum. */
  readonly onWarning?: (message: string) => void;
}

/** Which words may answer, and how they are scored. */
export interface AnswerOptions extends Omit<ScoreOptions, 'csls'> {
  /** Only these, each once: labels of the model, or any word or phrase that has vectors in its word space. */
  readonly labels?: readonly string[];
  /** The model's labels and so many of the vocabulary's first words, or all of them. Not together with `labels`. */
  readonly vocab?: number | 'all';
  /** See {@link ScoreOptions.csls}; `true` takes the seen labels' vectors for the images. */
  readonly csls?: boolean | Float32Array;
}

/** Images that are worth a batch: fewer run one by one. */
const FEW = 8;
const BATCH = 32;

export class ImageModel {
  private readonly predictors = new Map<string, Promise<Predictor>>();
  private readonly reading: Reading;
  private opened: Promise<WordVectors> | undefined;
  private last: { options: AnswerOptions; answerer: Promise<Answerer> } | undefined;

  /**
   * @param file where it came from; names it in messages.
   * @throws UsageError for an unknown reading; FormatError for one that the model cannot give
   */
  constructor(
    readonly model: Model,
    readonly file: string,
    private readonly options: ImageModelOptions = {},
  ) {
    this.reading = readingOfModel(model, file, options.reading);
  }

  /** The labels that it has vectors for, in class order. */
  get labels(): readonly string[] {
    return this.model.labels;
  }

  /** Name of the reading. */
  get readingName(): string {
    return this.reading.name;
  }

  /** Numbers that a point of the reading has; by `regression` those of a word vector. */
  get dimension(): number {
    return this.reading.dimension;
  }

  /** μ: what is taken off points and words before their cosine, [dimension]. */
  get mean(): Floats {
    return this.reading.mean;
  }

  /** Height and width of the images that the network takes, in pixels. */
  get size(): number {
    return this.model.network.size;
  }

  /**
   * The network's answers to images, as points of its reading.
   *
   * @param images paths, bytes of image files, or pixels with their shape
   * @param options.unit gives them in the centred space at unit length: dot products are centred cosines.
   * @returns float32 [n, dimension]
   * @throws FormatError for a file that is no readable image; LexelError for pixels that do not fit.
   * @example
   * const model = openModel();
   * const [cat, dog] = [await model.embed('cat.png'), await model.embed(await readFile('dog.jpg'))];
   */
  async embed(images: Images, options: { unit?: boolean } = {}): Promise<Float32Array> {
    const outputs = await this.predict(await pixelsOf(images, this.size));
    return options.unit ? unitRows(outputs, this.mean) : outputs;
  }

  /**
   * The words nearest to images, nearest first.
   *
   * @param images as for {@link embed}
   * @returns for every image `top` (default 5) answers
   * @throws as {@link embed} does; UsageError for a label that has no vector; LexelError when other words are asked for
   *   and the model's word vectors are not at hand.
   * @example
   * const [answers] = await openModel().classify('photo.jpg', { top: 3 });
   * console.log(answers[0].label, answers[0].score);
   */
  async classify(images: Images, options: AnswerOptions & { top?: number } = {}): Promise<RankedLabel[][]> {
    const answerer = await this.answerer(options);
    return answerer.answer(await this.predict(await pixelsOf(images, this.size)), options.top);
  }

  /** Candidates made ready, kept until other ones are asked for. Throws as {@link classify} does. */
  answerer(options: AnswerOptions = {}): Promise<Answerer> {
    const { labels, vocab, metric, csls } = options;
    const last = this.last?.options;
    const same = last?.labels === labels && last?.vocab === vocab && last?.metric === metric;
    if (!this.last || !same || last?.csls !== csls) {
      this.last = { options: { labels, vocab, metric, csls }, answerer: this.makeAnswerer(options) };
    }
    return this.last.answerer;
  }

  /**
   * Vectors of words in the reading's space; labels that the model has need no word vectors.
   * Throws as {@link classify} does.
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

  /** In the recipe's own space. */
  private async ownCandidates({
    labels,
    vocab,
  }: Pick<AnswerOptions, 'labels' | 'vocab'>): Promise<Required<NamedCandidates>> {
    const own = new Set(this.labels);
    const foreign = labels?.some((label) => !own.has(label));
    const options: CandidateOptions = { labels, first: vocab === 'all' ? undefined : vocab };
    if (!foreign && vocab === undefined) return candidatesOf(this.model, options);
    let words: WordVectors;
    try {
      words = await this.words();
    } catch (error) {
      // Without a vocabulary the label is at fault: it may be one of the model's, misspelt.
      if (foreign && this.options.words === undefined) candidatesOf(this.model, options);
      throw error;
    }
    return candidatesOf(this.model, { ...options, words });
  }

  /** The word vectors that it was trained among, or those named when it was opened. */
  words(): Promise<WordVectors> {
    this.opened ??= this.openWords();
    return this.opened;
  }

  private async openWords(): Promise<WordVectors> {
    const { words, onWords } = this.options;
    if (words !== undefined && typeof words !== 'string') return words;
    const opened = await (words === undefined
      ? wordsOfModel(this.model, this.options)
      : openWords(words, this.options));
    onWords?.(opened);
    return opened;
  }

  /**
   * Pixels as points of the reading: uint8 [n, size, size, 3] to float32 [n, dimension].
   * @throws FormatError naming the model's file where the network's answer is no finite number
   */
  async predict(pixels: Uint8Array): Promise<Float32Array> {
    const bytes = this.size ** 2 * 3;
    const count = pixels.length / bytes;
    if (!Number.isInteger(count)) {
      throw new LexelError(
        `${pixels.length} bytes are no whole number of ${this.size} x ${this.size} RGB images`,
        'embed() takes pixels of any size, as { data, width, height }.',
      );
    }
    const points = this.reading.points({
      outputs: await this.run('outputs', pixels, count),
      features: this.reading.needsFeatures ? await this.run('features', pixels, count) : undefined,
    });
    if (!points.every(Number.isFinite)) {
      throw new FormatError(
        this.file,
        'its network answers NaN or infinity',
        'Its training has diverged, or the file is damaged: train it or copy it again.',
      );
    }
    return points;
  }

  /** What the network, or all of it but its last layer, gives for so many images. */
  private async run(what: 'outputs' | 'features', pixels: Uint8Array, count: number): Promise<Float32Array> {
    const bytes = this.size ** 2 * 3;
    const tail = count % BATCH;
    const batched = tail > FEW ? count : count - tail;
    const parts: Float32Array[] = [];
    if (batched > 0) {
      const predictor = await this.predictor(what, BATCH);
      parts.push(await predictor.predict(pixels.subarray(0, batched * bytes)));
    }
    if (batched < count) {
      const predictor = await this.predictor(what, 1);
      parts.push(await predictor.predict(pixels.subarray(batched * bytes)));
    }
    return joinArrays(Float32Array, parts);
  }

  private predictor(what: 'outputs' | 'features', batch: number): Promise<Predictor> {
    const key = `${what}/${batch}`;
    let made = this.predictors.get(key);
    if (!made) {
      const { network } = this.model;
      made = this.compile(what === 'features' ? featureNetwork(network) : network, batch);
      this.predictors.set(key, made);
    }
    return made;
  }

  private async compile(network: Network, batch: number): Promise<Predictor> {
    const { mean, std, weights } = this.model;
    const { backend } = await engineInfo(this.options.backend);
    const threads = batch === 1 ? 1 : (this.options.threads ?? Math.min(4, availableParallelism()));
    const predictor = await createPredictor(network, batch, { backend, threads, mean, std });
    await predictor.load(weights);
    return predictor;
  }

  private async makeAnswerer(options: AnswerOptions): Promise<Answerer> {
    const { metric, csls } = options;
    const references = csls === true ? this.seenVectors() : csls || undefined;
    const candidates = await this.candidates(options);
    const [zero] = candidates.directionless;
    if (options.labels && metric !== 'euclidean' && zero !== undefined) {
      throw new UsageError(
        `"${candidates.names[zero]}" has a zero vector, which has no direction: no image is near to it`,
        'Leave it out, or compare distances: --metric euclidean.',
      );
    }
    return new Answerer(candidates, { metric, csls: references });
  }

  /** The seen labels' vectors as unit rows: where the outputs of a trained network gather. */
  private seenVectors(): Float32Array {
    const { vectors, seenMean } = this.model;
    const d = seenMean.length;
    const rows = seenLabels(this.model).map((row) => vectors.subarray(row * d, (row + 1) * d));
    return unitRows(this.reading.place(joinArrays(Float32Array, rows)), this.mean);
  }
}
