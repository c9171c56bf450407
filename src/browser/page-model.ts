/** A trained network in a page: images are pixels, model and words are bytes that the page has loaded. */

import { fitImage } from '../data/fit-image.js';
import type { RawImage } from '../data/raw-image.js';
import { compilePredictor } from '../engine/predictor.js';
import type { Predictor } from '../engine/types.js';
import type { Network } from '../nn/types.js';
import { Answerer, type RankedLabel, type ScoreOptions } from '../search/answerer.js';
import type { NamedCandidates } from '../search/candidates.js';
import { evaluateQuery, type Query } from '../search/query.js';
import { type AnswerOptions, TrainedModel, type TrainedModelOptions } from '../search/trained-model.js';
import { type Model, parseModel } from '../train/model-bytes.js';
import { LexelError } from '../util/errors.js';
import { indexOfName } from '../util/names.js';
import { parseExpression } from '../words/expression.js';
import type { WordTable } from '../words/word-table.js';
import type { Engine } from './engine.js';

/** One image or several; a canvas' ImageData is one. */
export type PageImages = RawImage | readonly RawImage[];

/** Images by the names that an expression has after `img:`. */
export type NamedImages = Readonly<Record<string, RawImage>>;

export interface OpenModelOptions extends TrainedModelOptions {
  /** Name of the model, for messages. Default "model". */
  readonly name?: string;
  /** Words other than the model's labels, or a function that loads them when they are first needed. */
  readonly words?: WordTable | (() => Promise<WordTable>);
}

/**
 * Opens a model file.
 *
 * @param bytes the safetensors file that the command line or {@link PageModel} of a training wrote
 * @throws FormatError if the file is damaged or no model; UsageError for an unknown reading
 * @example
 * const bytes = await (await fetch('lite-joint.safetensors')).arrayBuffer();
 * const model = openModel(bytes, engine);
 * const [answers] = await model.classify(context.getImageData(0, 0, width, height));
 */
export function openModel(
  bytes: Uint8Array | ArrayBuffer,
  engine: Engine,
  options: OpenModelOptions = {},
): PageModel {
  const { name = 'model' } = options;
  const content = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return new PageModel(parseModel(name, content, options), name, engine, options);
}

export class PageModel extends TrainedModel<PageImages> {
  constructor(
    model: Model,
    name: string,
    private readonly engine: Engine,
    private readonly options: OpenModelOptions = {},
  ) {
    super(model, name, options);
  }

  /**
   * Evaluates an expression over words and images to a point, such as "img:photo - cat + dog".
   *
   * @param images the images of the expression by name
   * @throws LexelError with a caret under the error, as `evaluateQuery` does
   */
  evaluate(expression: string, images: NamedImages = {}): Promise<Query> {
    return evaluateQuery(
      {
        dimension: this.dimension,
        labels: this.labels,
        candidates: (options) => this.candidates(options),
        embed: (name, options) => this.embed(imageCalled(name, images), options),
      },
      expression,
    );
  }

  /**
   * The words nearest to an expression, nearest first, without the expression's own words.
   *
   * @param options.top number of words; default 5
   * @throws as {@link evaluate} and {@link classify} do
   * @example
   * const [first] = await model.search('img:photo - cat + dog', { images: { photo } });
   */
  async search(
    expression: string,
    options: Omit<AnswerOptions, 'metric'> & { readonly images?: NamedImages; readonly top?: number } = {},
  ): Promise<RankedLabel[]> {
    const { images, top = 5, ...candidates } = options;
    const { vector } = await this.evaluate(expression, images);
    const answerer = await this.answerer(candidates);
    const own = parseExpression(expression, { images: true, phrases: true }).flatMap(({ word, image }) =>
      image ? [] : [word],
    );
    // The answerer subtracts the mean, which the expression's point lacks already.
    const point = Float32Array.from(vector, (value, j) => value + this.mean[j]);
    const [found] = answerer.answer(point, top + own.length);
    return found.filter(({ label }) => indexOfName(label, own) < 0).slice(0, top);
  }

  protected get wordsGiven(): boolean {
    return this.options.words !== undefined;
  }

  protected async pixelsOf(images: PageImages, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const list = Array.isArray(images) ? (images as readonly RawImage[]) : [images as RawImage];
    const bytes = this.size ** 2 * 3;
    const pixels = new Uint8Array(list.length * bytes);
    for (const [i, image] of list.entries()) {
      const name = list.length > 1 ? `image ${i + 1} of ${list.length}` : 'image';
      pixels.set(fitImage(image, this.size, name), i * bytes);
    }
    return pixels;
  }

  protected async openWords(): Promise<WordTable> {
    const { words } = this.options;
    if (words) return typeof words === 'function' ? words() : words;
    const { source, dimension } = this.model.words;
    throw new LexelError(
      `the word vectors that the model was trained with (${source}, ${dimension} dimensions) were not given`,
      'Open the model with words.',
      { code: 'LEXEL_NOT_FOUND' },
    );
  }

  protected compile(network: Network, batch: number): Promise<Predictor> {
    const { mean, std } = this.model;
    return compilePredictor(network, batch, { backend: this.engine, mean, std });
  }

  protected makeAnswerer(candidates: NamedCandidates, options: ScoreOptions): Answerer {
    return new Answerer(candidates, options);
  }
}

function imageCalled(name: string, images: NamedImages): RawImage {
  if (Object.hasOwn(images, name)) return images[name];
  const names = Object.keys(images);
  throw new LexelError(
    `there is no image "${name}"`,
    names.length > 0 ? `Images: ${names.join(', ')}.` : 'Give the images of the expression.',
    { code: 'LEXEL_NOT_FOUND' },
  );
}
