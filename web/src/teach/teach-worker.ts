/**
 * The worker of Teach it. The page starts one for reading images and looking up words, and one for each training, which
 * keeps the training's progress in this browser after every epoch.
 */

import { type ProxyMarked, transfer } from 'comlink';
import {
  type Engine,
  labelVectors,
  openModel,
  readWords,
  startEngine,
  trainModel,
  type WordTable,
} from '../../../src/browser/index.js';
import { readImage } from '../images/read-image.js';
import { type Problem, problemOf, serve } from '../workers/link.js';
import { datasetOf } from './dataset.js';
import { frames } from './frames.js';
import { keepProgress } from './storage.js';
import { type Frame, type Judged, type Measured, NEAR, type Plan, type Progress, SIZE } from './types.js';

/** What the training tells the page. */
export interface Listener {
  epoch(measured: Measured): void;
  frame(frame: Frame): void;
  /** @param done steps of the whole training */
  step(done: number, total: number, imagesPerSecond: number): void;
  /** The progress could not be kept: a reload would lose it. */
  unkept(problem: Problem): void;
}

export type Outcome =
  | { readonly status: 'stopped'; readonly epoch: number }
  | { readonly status: 'finished'; readonly file: Uint8Array<ArrayBuffer> };

/** Milliseconds between two calls of `step`. */
const BETWEEN = 250;

let engine: Engine | undefined;
let words: WordTable | undefined;
let stopping: AbortController | undefined;
/** The last progress, in case that it could not be kept. */
let latest: Progress | undefined;

const functions = {
  async start(kernels: Uint8Array<ArrayBuffer>): Promise<{ isa: string; build: string }> {
    engine = await startEngine(kernels);
    const { isa, build } = engine.info;
    return { isa, build };
  },

  /** @param source name of the file, which the model records */
  setWords(bytes: Uint8Array<ArrayBuffer>, source: string): void {
    words = readWords(bytes, source);
  },

  /** @returns null if the word has a vector, or the words that are spelt alike, as a sentence */
  lookUp(word: string): string | null {
    const known = () => labelVectors(words!, [word], { onMissing: 'skip' }).sources.length > 0;
    try {
      if (known()) return null;
    } catch {
      // It throws if no label has a vector.
    }
    return words!.waysOut(word);
  },

  async read(blob: Blob, name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { pixels, crop } = await readImage(blob, SIZE, name);
    crop.close();
    return transfer(pixels, [pixels.buffer]);
  },

  /** Trains; goes on from the progress if there is one, or else from where this worker stopped with the same plan. */
  async train(plan: Plan, kept: Progress | undefined, listener: Listener & ProxyMarked): Promise<Outcome> {
    stopping = new AbortController();
    const before = kept ?? (latest?.key === plan.key ? latest : undefined);
    const dataset = datasetOf(plan);
    const epochs = [...(before?.epochs ?? [])];
    let keeping: Promise<unknown> = Promise.resolve();
    const keep = (progress: Omit<Progress, 'key'>): void => {
      const now = { key: plan.key, ...progress };
      latest = now;
      keeping = keeping.then(() => keepProgress(now)).catch((error) => listener.unkept(problemOf(error)));
    };
    const frameOf = frames(dataset.classes, plan);
    const pace = pacer();
    /** Of the epoch whose event follows. */
    let amongHeldOut: number | null = null;
    // An epoch has as many steps as the ones before.
    let steps = plan.epochs * ((epochs.at(-1)?.images ?? 0) / plan.batch);
    const result = await trainModel({
      engine: engine!,
      dataset,
      words: words!,
      heldOut: [...plan.heldOut],
      network: 'lite',
      recipe: RECIPE,
      epochs: plan.epochs,
      seed: plan.seed,
      train: { batch: plan.batch },
      checkpoint: before?.checkpoint,
      signal: stopping.signal,
      onEvent(event) {
        if (event.type === 'start') steps = event.steps;
        if (event.type !== 'epoch') return;
        const measured = { ...event, amongHeldOut };
        epochs.push(measured);
        listener.epoch(measured);
      },
      onPoints(points) {
        const now = frameOf(points);
        amongHeldOut = now?.amongHeldOut ?? null;
        if (now) listener.frame(now.frame);
      },
      onCheckpoint: (checkpoint) => keep({ epochs: [...epochs], checkpoint }),
      onStep(done) {
        const rate = pace(plan.batch);
        if (rate !== null) listener.step(done, steps, rate);
      },
    });
    if (result.status === 'finished') {
      const { file } = result;
      keep({ epochs, file });
      await keeping;
      return { status: 'finished', file };
    }
    await keeping;
    return result;
  },

  /** Ends the training before its next step. */
  stop(): void {
    stopping?.abort();
  },

  /** The held-out test images with the words that a taught model finds for them. */
  async judge(plan: Plan, file: Uint8Array<ArrayBuffer>): Promise<Judged[]> {
    const { classes, test } = datasetOf(plan);
    const bytes = test.size ** 2 * 3;
    const held = new Set(plan.heldOut);
    const shown = [...test.labels.keys()].filter((i) => held.has(classes[test.labels[i]]));
    const pixels = shown.map((i) => Uint8Array.from(test.pixels.subarray(i * bytes, (i + 1) * bytes)));
    if (pixels.length === 0) return [];
    const model = openModel(file, engine!, { words });
    try {
      const images = pixels.map((data) => ({ data, width: test.size, height: test.size }));
      const all = await model.classify(images, { top: NEAR });
      const unseen = await model.classify(images, { top: NEAR, labels: [...plan.heldOut] });
      return pixels.map((data, i) => ({
        pixels: data,
        label: classes[test.labels[shown[i]]],
        words: all[i].map(({ label }) => label),
        unseenWords: unseen[i].map(({ label }) => label),
      }));
    } finally {
      await model.dispose();
    }
  },
};
export type TeachFunctions = typeof functions;

/** Word vectors, and a second head that names the seen classes: the recipe that did best (docs/RESULTS.md). */
const RECIPE = 'joint';

/** Measures images per second over the last few calls; null if the page was told a moment ago. */
function pacer(): (images: number) => number | null {
  const marks: { time: number; images: number }[] = [];
  let images = 0;
  return (added) => {
    images += added;
    const time = performance.now();
    const last = marks.at(-1);
    if (last && time - last.time < BETWEEN) return null;
    marks.push({ time, images });
    if (marks.length > 9) marks.shift();
    const [first] = marks;
    return time > first.time ? (1000 * (images - first.images)) / (time - first.time) : 0;
  };
}

serve(functions);
