/** Outputs for any number of image files, as they come: decoded in batches, unreadable ones reported in their place. */
import { stat } from 'node:fs/promises';
import { decodeFile, IMAGE_ENDINGS, type PassedEntry, walkImages } from '../data/index.js';
import { FormatError, LexelError } from '../util/errors.js';
import { type FilePath, shownPath } from '../util/file-path.js';
import type { ImageModel } from './image-model.js';

/** An image with its output, or with what is wrong with it. */
export type Embedded =
  | { readonly image: string; readonly output: Float32Array; readonly error?: undefined }
  | { readonly image: string; readonly error: LexelError };

/** A path that is to be read, or already known not to be an image. */
export interface ImagePath {
  readonly image: string;
  /** The path itself, where it is not UTF-8; `image` is how it is shown. */
  readonly bytes?: Buffer;
  readonly error?: LexelError;
}

const BATCH = 32;
/** How long an unfinished batch waits for more, in ms: what comes slowly is answered at once. */
const PATIENCE = 10;

/**
 * Image files behind the paths that a user names: files as they are, folders as all image files in them.
 * What cannot be read comes as an error in its place, and so does a folder that holds no image.
 *
 * @param onPassedOver called with what a folder holds besides: other kinds of files, hidden ones
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
      if (!any) throw new FormatError(shownPath(path), 'holds no image', `Images are ${IMAGE_ENDINGS}.`);
    } catch (error) {
      if (!(error instanceof LexelError)) throw error;
      yield { image: shownPath(path), error };
    }
  }
}

/** A path as {@link embedImages} takes it. */
export function imagePath(path: FilePath): ImagePath {
  return typeof path === 'string' ? { image: path } : { image: shownPath(path), bytes: path };
}

/**
 * Embeds images in the order in which they come, in batches; the next batch is decoded while one is computed.
 *
 * @returns batches of results, one for every path
 */
export async function* embedImages(
  model: ImageModel,
  paths: AsyncIterable<ImagePath>,
): AsyncGenerator<Embedded[]> {
  const { size, dimension } = model;
  const decode = async ({ image, bytes, error }: ImagePath) => {
    if (error) return { image, error };
    try {
      return { image, pixels: await decodeFile(bytes ?? image, size) };
    } catch (problem) {
      if (!(problem instanceof LexelError)) throw problem;
      return { image, error: problem };
    }
  };
  const source = batches(paths, BATCH);
  const start = async () => {
    const { done, value } = await source.next();
    const decoding = done ? undefined : Promise.all(value.map(decode));
    decoding?.catch(() => {}); // thrown where it is awaited
    return { decoding };
  };
  let ahead = start();
  for (;;) {
    const { decoding } = await ahead;
    if (!decoding) return;
    ahead = start();
    ahead.catch(() => {});
    const batch = await decoding;
    const outputs = await model.predict(
      Buffer.concat(batch.flatMap(({ pixels }) => (pixels ? [pixels] : []))),
    );
    let row = 0;
    yield batch.map(({ image, error }) => {
      if (error) return { image, error };
      const at = row++ * dimension;
      return { image, output: outputs.subarray(at, at + dimension) };
    });
  }
}

/** Up to `size` items at a time, fewer where the next one is late. */
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
      timer = setTimeout(resolve, PATIENCE, undefined);
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
