/** The worker of Try it: it holds the engine, the model and the words. It fetches nothing and sends nothing away. */

import { type ProxyMarked, transfer } from 'comlink';
import {
  type AnswerOptions,
  type Engine,
  type ImageAnswers,
  labelVectors,
  openModel,
  type PageModel,
  type RankedLabel,
  readWords,
  startEngine,
  UNFAMILIAR,
  type WordTable,
} from '../../../src/browser/index.js';
import { type Models, modelsSchema } from '../../../src/server/messages/models.js';
import { readImage, type SeenImage } from '../images/read-image.js';
import { serve } from '../workers/link.js';
import type { Example } from './draw-examples.js';

/** What the page says about the opened model. */
export interface ModelFacts {
  readonly net: string;
  /** Height and width of the network's input. */
  readonly size: number;
  readonly labels: readonly string[];
  readonly heldOut: readonly string[];
  readonly recipe: string;
  readonly reading: string;
  readonly dataset: string;
  /** Source of its word vectors. */
  readonly words: string;
  readonly knowsFamiliarity: boolean;
}

export interface EngineFacts {
  readonly backend: string;
  readonly isa: string;
  readonly build: string;
}

/** The candidates that the reader asks for: at most one of the two; neither means the model's labels. */
export interface Wanted {
  readonly words?: readonly string[];
  readonly vocab?: number;
}

export interface NoVector {
  readonly word: string;
  /** Nearest spellings, as a sentence; may be empty. */
  readonly near: string;
}

export interface Answers {
  /** One list for each image, nearest first. */
  readonly images: readonly {
    readonly words: readonly RankedLabel[];
    /** Absent if the model cannot tell. */
    readonly familiarity?: { readonly share: number; readonly familiar: boolean };
  }[];
  /** Number of candidates; guessing is right for one image in so many. */
  readonly candidates: number;
  /** Wanted words that were left out. */
  readonly without: readonly NoVector[];
}

const TOP = 5;

let engine: Engine | undefined;
let opened: { readonly model: PageModel; readonly words: () => Promise<WordTable> } | undefined;

const functions = {
  /** Reads models.json; here, because the page itself needs no schemas. @throws ZodError */
  models: (json: Uint8Array): Models => modelsSchema.parse(JSON.parse(new TextDecoder().decode(json))),

  /** Compiles the kernels. @throws LexelError if this browser has no wasm SIMD */
  async start(kernels: Uint8Array<ArrayBuffer>): Promise<EngineFacts> {
    engine = await startEngine(kernels);
    const { backend, isa, build } = engine.info;
    return { backend, isa, build };
  },

  /** @param fetchWords gives the bytes of a set of word vectors; called when other words than the labels are needed */
  async open(
    bytes: Uint8Array<ArrayBuffer>,
    name: string,
    fetchWords: ((source: string) => Promise<Uint8Array<ArrayBuffer>>) & ProxyMarked,
  ): Promise<ModelFacts> {
    const words = wordsBy(fetchWords, () => model.model.words.source);
    const model = openModel(bytes, engine!, { name, words });
    await opened?.model.dispose();
    opened = { model, words };
    const { network, heldOut, recipe, dataset } = model.model;
    return {
      net: network.name,
      size: model.size,
      labels: model.labels,
      heldOut,
      recipe,
      reading: model.readingName,
      dataset: dataset.name,
      words: model.model.words.source,
      knowsFamiliarity: model.knowsFamiliarity,
    };
  },

  /** Decodes an image for the opened model. */
  async read(blob: Blob, name: string): Promise<SeenImage> {
    const seen = await readImage(blob, opened!.model.size, name);
    return transfer(seen, [seen.crop, seen.pixels.buffer]);
  },

  async classify(images: readonly Uint8Array[], wanted: Wanted): Promise<Answers> {
    const { options, without } = await candidates(wanted);
    const found = await opened!.model.classify(images.map(raw), { ...options, top: TOP });
    const { count } = await opened!.model.answerer(options);
    return {
      images: found.map((answers) => ({ words: [...answers], familiarity: familiarityOf(answers) })),
      candidates: count,
      without,
    };
  },

  /** The words nearest to an expression such as "img:1 - cat + dog"; images are named by their number, from 1. */
  async search(
    expression: string,
    images: readonly Uint8Array[],
    wanted: Wanted,
  ): Promise<readonly RankedLabel[]> {
    const { options } = await candidates(wanted);
    const named = Object.fromEntries(images.map((pixels, i) => [String(i + 1), raw(pixels)]));
    return opened!.model.search(expression, { images: named, ...options, top: TOP });
  },

  /** Draws examples; their code is loaded when it is first asked for. */
  examples: async (): Promise<readonly Example[]> => (await import('./draw-examples.js')).drawExamples(),
};
export type TryFunctions = typeof functions;

/** Reads the words once; a failure is not kept, so that the next question tries again. */
function wordsBy(
  fetchWords: (source: string) => Promise<Uint8Array<ArrayBuffer>>,
  source: () => string,
): () => Promise<WordTable> {
  let table: Promise<WordTable> | undefined;
  return () => {
    table ??= fetchWords(source()).then(
      (bytes) => readWords(bytes, source()),
      (error) => {
        table = undefined;
        throw error;
      },
    );
    return table;
  };
}

/** Leaves out and names the wanted words that have no vector. */
async function candidates({ words: wanted, vocab }: Wanted): Promise<{
  options: AnswerOptions;
  without: readonly NoVector[];
}> {
  if (!wanted) return { options: vocab === undefined ? {} : { vocab }, without: [] };
  const own = new Set(opened!.model.labels);
  const others = wanted.filter((word) => !own.has(word));
  if (others.length === 0) return { options: { labels: wanted }, without: [] };
  const pack = await opened!.words();
  const missing = new Set(others.filter((word) => !hasVector(pack, word)));
  return {
    options: { labels: wanted.filter((word) => !missing.has(word)) },
    without: [...missing].map((word) => ({ word, near: pack.waysOut(word) })),
  };
}

function hasVector(pack: WordTable, word: string): boolean {
  try {
    return labelVectors(pack, [word], { onMissing: 'skip' }).sources.length > 0;
  } catch {
    return false; // it throws if no label at all has a vector
  }
}

function familiarityOf({ familiarity: share }: ImageAnswers): Answers['images'][number]['familiarity'] {
  return share === undefined ? undefined : { share, familiar: share >= UNFAMILIAR };
}

const raw = (pixels: Uint8Array) => ({ data: pixels, width: opened!.model.size, height: opened!.model.size });

serve(functions);
