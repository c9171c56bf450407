/** Embeds a stream of image files: decodes them in batches and reports unreadable ones in their place. */
import { stat } from 'node:fs/promises';
import { decodeFile, IMAGE_ENDINGS, type PassedEntry, walkImages } from '../data/index.js';
import { FormatError, LexelError } from '../util/errors.js';
import { type FilePath, shownPath } from '../util/file-path.js';
import type { ImageModel } from './image-model.js';

/** An image with its output, or with its error. */
export type Embedded =
  | {
      readonly image: string;
      /** The raw path, if it is not UTF-8. */
      readonly bytes?: Buffer;
      readonly output: Float32Array;
      /** See `ImageAnswers`; undefined if it is switched off or the model has no calibration. */
      readonly familiarity?: number;
      readonly error?: undefined;
    }
  | { readonly image: string; readonly error: LexelError };

/** The path of an image, or an error found before reading it. */
export interface ImagePath {
  readonly image: string;
  /** The raw path, if it is not UTF-8; `image` is its printable form. */
  readonly bytes?: Buffer;
  readonly error?: LexelError;
}

const BATCH = 32;
/**
 * Time in ms that an incomplete batch waits for more images, so that slow streams are processed without
 * delay.
 */
const BATCH_TIMEOUT_MS = 10;

/**
 * The image files at the given paths: files as they are, folders as all image files in them. An unreadable
 * entry, or a folder without images, gives an error in its place.
 *
 * @param onPassedOver called with what a folder contains apart from images: other files, hidden files
 */
export async function* imagePaths(
  paths: AsyncIterable<FilePath> | Iterable<FilePath>,
  onPassedOver?: (entry: PassedEntry) => void,
): AsyncGenerator<ImagePath> {
  for await (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isDirectory()) {
      yield imagePath(path);
      continue;
    }
    let any = false;
    try {
      for await (const entry of walkImages(path)) {
        if (entry.kind === 'passed over') {
          onPassedOver?.(entry);
          continue;
        }
        any = true;
        yield entry.kind === 'image' ? imagePath(entry.path) : { image: entry.shown, error: entry.error };
      }
      if (!any)
        throw new FormatError(shownPath(path), 'contains no image', `Supported images: ${IMAGE_ENDINGS}.`);
    } catch (error) {
      if (!(error instanceof LexelError)) throw error;
      yield { image: shownPath(path), error };
    }
  }
}

/** Converts a path to the input of {@link embedImages}. */
export function imagePath(path: FilePath): ImagePath {
  return typeof path === 'string' ? { image: path } : { image: shownPath(path), bytes: path };
}

/**
 * Embeds images in the order in which they arrive, in batches. The next batch is decoded while one is being
 * computed.
 *
 * @param options.familiarity whether to compute the images' familiarity. Default true, if the model has a calibration.
 * @param options.signal aborts between batches
 * @returns batches of results, one result per path
 * @throws the reason of `signal` if it is aborted
 */
export async function* embedImages(
  model: ImageModel,
  paths: AsyncIterable<ImagePath>,
  options: { familiarity?: boolean; signal?: AbortSignal } = {},
): AsyncGenerator<Embedded[]> {
  const { size, dimension } = model;
  const decode = async ({ image, bytes, error }: ImagePath) => {
    if (error) return { image, bytes, error };
    try {
      return { image, bytes, pixels: await decodeFile(bytes ?? image, size) };
    } catch (problem) {
      if (!(problem instanceof LexelError)) throw problem;
      return { image, bytes, error: problem };
    }
  };
  const source = batches(paths, BATCH);
  const start = async () => {
    const { done, value } = await source.next();
    const decoding = done ? undefined : Promise.all(value.map(decode));
    decoding?.catch(() => {}); // its error is thrown where it is awaited
    return { decoding };
  };
  let ahead = start();
  for (;;) {
    const { decoding } = await ahead;
    if (!decoding) return;
    ahead = start();
    ahead.catch(() => {});
    const batch = await decoding;
    options.signal?.throwIfAborted();
    const { points, familiarity } = await model.read(
      Buffer.concat(batch.flatMap(({ pixels }) => (pixels ? [pixels] : []))),
      options,
    );
    let row = 0;
    yield batch.map(({ image, bytes, error }) => {
      if (error) return { image, error };
      const at = row++ * dimension;
      const output = points.subarray(at, at + dimension);
      const known = familiarity && { familiarity: familiarity[at / dimension] };
      return { image, ...(bytes && { bytes }), output, ...known };
    });
  }
}

/** Groups items into batches of up to `size`, or fewer if the next item is late. */
async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  const source = items[Symbol.asyncIterator]();
  const pull = () => {
    const next = source.next();
    next.catch(() => {});
    return next;
  };
  let next = pull();
  for (;;) {
    const first = await next;
    if (first.done) return;
    const batch = [first.value];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, BATCH_TIMEOUT_MS, undefined);
    });
    for (next = pull(); batch.length < size; next = pull()) {
      const item = await Promise.race([next, late]);
      if (item === undefined || item.done) break;
      batch.push(item.value);
    }
    clearTimeout(timer);
    yield batch;
  }
}
