/** A trained network with Node's backends, image files and word files. */

import type { BackendChoice } from '../engine/backend-names.js';
import type { Predictor } from '../engine/types.js';
import type { Network } from '../nn/types.js';
import type { Model } from '../train/model-bytes.js';
import { usableCores } from '../util/machine.js';
import type { ReadOptions } from '../words/table.js';
import type { WordVectors } from '../words/word-vectors.js';
import type { ScoreOptions } from './answerer.js';
import type { NamedCandidates } from './candidates.js';
import { Answerer } from './classify.js';
import { type Images, pixelsOf } from './images.js';
import { TrainedModel, type TrainedModelOptions } from './trained-model.js';

export interface ImageModelOptions extends TrainedModelOptions, ReadOptions {
  /** The backend. Default: the native addon if it is built, else WebAssembly. */
  readonly backend?: BackendChoice;
  /**
   * Threads for batches of images (native only; they do not change the results). Default: one per core, at
   * most 4.
   */
  readonly threads?: number;
  /** Word vectors, as for `--words`. Default: the set that the model was trained with, opened when needed. */
  readonly words?: string | WordVectors;
  /** The first folder to search for word vectors. */
  readonly dataDir?: string;
  /** Called when word vectors have been opened; `repairs` lists what was repaired in their file. */
  readonly onWords?: (words: WordVectors) => void;
}

/**
 * Embeds and classifies images: paths, URL objects, Blobs, bytes of image files, or pixels with their shape.
 * @example
 * const model = openModel();
 * const [cat, dog] = await model.embed(['cat.png', new URL('https://example.org/dog.jpg')]);
 * const [answers] = await model.classify('photo.jpg', { top: 3 });
 */
export class ImageModel extends TrainedModel<Images, WordVectors> {
  /**
   * @param file the model's file, for error messages
   * @throws UsageError for an unknown reading; FormatError for a reading that the model does not support
   */
  constructor(
    model: Model,
    file: string,
    private readonly options: ImageModelOptions = {},
  ) {
    super(model, file, options);
  }

  protected get wordsGiven(): boolean {
    return this.options.words !== undefined;
  }

  protected pixelsOf(images: Images, signal?: AbortSignal): Promise<Uint8Array> {
    return pixelsOf(images, this.size, signal);
  }

  protected async openWords(): Promise<WordVectors> {
    const { words, onWords } = this.options;
    if (words !== undefined && typeof words !== 'string') return words;
    const opened = await (words === undefined
      ? (await import('./model-words.js')).wordsOfModel(this.model, this.options)
      : (await import('../words/open.js')).openWords(words, {
          ...this.options,
          dimension: this.model.words.dimension,
        }));
    onWords?.(opened);
    return opened;
  }

  protected async compile(network: Network, batch: number): Promise<Predictor> {
    const { mean, std } = this.model;
    // Loaded at the first image, because importing the library should be fast.
    const { createPredictor, engineInfo } = await import('../engine/index.js');
    const { backend } = await engineInfo(this.options.backend);
    const threads = batch === 1 ? 1 : (this.options.threads ?? Math.min(4, usableCores()));
    return createPredictor(network, batch, { backend, threads, mean, std });
  }

  protected makeAnswerer(candidates: NamedCandidates, options: ScoreOptions): Answerer {
    return new Answerer(candidates, options);
  }
}
