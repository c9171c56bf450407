/** What Try it shows, and how it gets there: one worker, one opened model, the images and their answers. */

import { computed, effect, signal } from '@preact/signals';
import { proxy } from 'comlink';
import type { RankedLabel } from '../../../src/browser/index.js';
import type { NamedBlob } from '../images/image-input.js';
import type { SeenImage } from '../images/read-image.js';
import { route, setQuery } from '../route.js';
import { kernels } from '../workers/kernels.js';
import { type Linked, link, type Problem, problemOf } from '../workers/link.js';
import { BUNDLED, listModels, type ModelList, modelBytes, wordBytes } from './model-choice.js';
import type { Answers, EngineFacts, ModelFacts, TryFunctions, Wanted } from './try-worker.js';
import TryWorker from './try-worker.ts?worker';

export interface TriedImage extends NamedBlob {
  readonly key: number;
  /** Absent until the worker has read it. */
  readonly seen?: SeenImage;
  readonly problem?: Problem;
}

export type OpenModel =
  | { readonly state: 'opening' }
  | { readonly state: 'failed'; readonly problem: Problem }
  | { readonly state: 'open'; readonly facts: ModelFacts };

/** Most images at once; more would be a matter for `lexel classify`. */
export const MOST_IMAGES = 24;

export const engine = signal<EngineFacts | null>(null);
export const listed = signal<ModelList | null>(null);
export const model = signal<OpenModel>({ state: 'opening' });
export const images = signal<readonly TriedImage[]>([]);
export const answers = signal<Answers | { readonly problem: Problem } | null>(null);
/** What was done last, for screen readers and beside the images. */
export const notice = signal('');

/** The candidates that the address asks for. */
export const wanted = computed<Wanted>(() => {
  const { words, vocab } = route.value.query;
  if (words !== undefined) {
    const list = words
      .split(/[,\n]/)
      .map((word) => word.trim())
      .filter(Boolean);
    if (list.length > 0) return { words: list };
  }
  const count = Number(vocab);
  return Number.isInteger(count) && count > 0 ? { vocab: count } : {};
});

const modelId = computed(() => route.value.query.model ?? BUNDLED);

let linked: Linked<TryFunctions> | undefined;
let next = 1;

/** Starts the worker when the page is shown. @returns ends it */
export function start(): () => void {
  linked = link<TryFunctions>(new TryWorker());
  const { call } = linked;
  const started = kernels().then(async (bytes) => {
    engine.value = await call.start(bytes);
  });
  listModels((json) => call.models(json)).then(
    (found) => {
      listed.value = found;
    },
    (error) => {
      model.value = { state: 'failed', problem: problemOf(error) };
    },
  );
  const stops = [
    effect(() => {
      const id = modelId.value;
      if (id === FILE) return; // opened by openFile
      open(
        started.then(() => modelBytes(id)),
        id,
      );
    }),
    effect(() => {
      if (model.value.state !== 'open') return;
      classify(images.value, wanted.value);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    linked?.end();
    linked = undefined;
    engine.value = null;
  };
}

const FILE = 'file';

/** Opens a model file of the reader's own; it stays in this page. */
export function openFile(file: File): void {
  setQuery({ model: FILE });
  open(
    file.arrayBuffer().then((buffer) => new Uint8Array(buffer)),
    file.name,
  );
}

let opening = 0;

async function open(bytes: Promise<Uint8Array<ArrayBuffer>>, name: string): Promise<void> {
  const mine = ++opening;
  model.value = { state: 'opening' };
  answers.value = null;
  try {
    const { call } = linked!;
    const facts = await call.open(await bytes, name, proxy(wordBytes));
    if (mine !== opening) return;
    model.value = { state: 'open', facts };
    const again = images.peek().filter(({ seen }) => seen?.size !== facts.size);
    await Promise.all(again.map(read));
  } catch (error) {
    if (mine === opening) model.value = { state: 'failed', problem: problemOf(error) };
  }
}

/** Adds images, as many as fit. */
export function add(blobs: readonly NamedBlob[]): void {
  const free = MOST_IMAGES - images.peek().length;
  const taken = blobs.slice(0, free).map((blob) => ({ ...blob, key: next++ }));
  images.value = [...images.peek(), ...taken];
  notice.value =
    blobs.length > free
      ? `${taken.length} of ${blobs.length} images were taken: at most ${MOST_IMAGES} at once. Remove some first.`
      : '';
  if (model.peek().state === 'open') for (const image of taken) read(image);
}

export function remove(key: number): void {
  images.value = images.peek().filter((image) => image.key !== key);
}

export function clear(): void {
  images.value = [];
}

async function read(image: TriedImage): Promise<void> {
  const change = (change: Pick<TriedImage, 'seen' | 'problem'>) => {
    images.value = images.peek().map((one) => (one.key === image.key ? { ...one, ...change } : one));
  };
  try {
    change({ seen: await linked!.call.read(image.blob, image.name), problem: undefined });
  } catch (error) {
    change({ seen: undefined, problem: problemOf(error) });
  }
}

/** The images that were read, in the order of the answers and of the numbers in expressions. */
export const readImages = computed(() => images.value.filter(({ seen }) => seen !== undefined));

let asked = 0;

async function classify(all: readonly TriedImage[], candidates: Wanted): Promise<void> {
  const mine = ++asked;
  const pixels = all.flatMap(({ seen }) => (seen ? [seen.pixels] : []));
  if (pixels.length === 0) {
    answers.value = null;
    return;
  }
  try {
    const found = await linked!.call.classify(pixels, candidates);
    if (mine === asked) answers.value = found;
  } catch (error) {
    if (mine === asked) answers.value = { problem: problemOf(error) };
  }
}

/** @throws Error with a hint, as for the command line's searches */
export function search(expression: string): Promise<readonly RankedLabel[]> {
  const pixels = readImages.peek().map(({ seen }) => seen!.pixels);
  return linked!.call.search(expression, pixels, wanted.peek());
}

export const drawExamples = () => linked!.call.examples();
