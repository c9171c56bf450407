/** Creates or updates an index of a folder's images. */
import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import {
  BROKEN_NAMED,
  IMAGE_ENDINGS,
  type PassedEntry,
  type PassedOver,
  PassedOverCount,
  walkImages,
} from '../data/index.js';
import { contentChecksum, fromHalf, toHalf } from '../formats/index.js';
import { OWN } from '../readings/index.js';
import { FormatError, LexelError, UsageError } from '../util/errors.js';
import type { FilePath } from '../util/file-path.js';
import { unitRows } from '../util/unit-rows.js';
import type { ImageModel } from './image-model.js';
import { type IndexHeader, type IndexTable, readIndex, writeIndex } from './index-file.js';
import { readingOfModel } from './model-reading.js';
import { BUNDLED_MODEL } from './open-model.js';
import { embedImages, type ImagePath, imagePath } from './stream.js';

export interface UpdateOptions {
  /**
   * Whether to store float16: half the size, about three decimals. Default: as in the existing index; float32
   * for a new one.
   */
  readonly half?: boolean;
  /** Called with the number of images embedded so far and the number to embed. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborts the update; the index file stays as it was. */
  readonly signal?: AbortSignal;
}

/** Statistics of an update. */
export interface UpdateOutcome {
  /** Number of images in the index after the update. */
  readonly images: number;
  /** Number of new or changed images, which were embedded. */
  readonly embedded: number;
  /** Number of rows taken over from the old index. */
  readonly kept: number;
  /**
   * Number of images in the old index that are now behind an unreadable folder, link or file. Their rows are
   * kept, unless they belong to another model and are therefore not comparable.
   */
  readonly outOfReach: number;
  /** Number of images in the old index that are no longer images of the folder. */
  readonly gone: number;
  /** Whether the old index belonged to another model or reading, so that everything was embedded again. */
  readonly otherModel: boolean;
  /** Images and folders that could not be read. Their existing rows are counted in {@link outOfReach}. */
  readonly failed: readonly Failure[];
  /** What the folder contains apart from images. */
  readonly passedOver: PassedOver;
}

interface Failure {
  readonly image: string;
  readonly error: LexelError;
}

/** A row of the index. */
interface Row {
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** An image that is in the folder now. */
interface Entry extends Row {
  readonly path: FilePath;
}

/**
 * Embeds the images in `dir` and its subfolders into an index file. Rows of an existing index are reused for
 * images with unchanged size and time; only the others are embedded. Images that cannot be read at the
 * moment, for example in a folder that is not mounted, keep their rows.
 *
 * @throws UsageError if the file is an index of another folder; FormatError if the file exists but is not a
 * valid index; LexelError if the folder contains no readable image; the reason of `signal` if it is aborted
 */
export async function updateIndex(
  dir: string,
  file: string,
  model: ImageModel,
  options: UpdateOptions = {},
): Promise<UpdateOutcome> {
  const { signal } = options;
  signal?.throwIfAborted();
  const sha256 = contentChecksum(model.file);
  const old = existsSync(file) ? readIndex(file) : undefined;
  if (old) checkRoot(dir, file, old);
  const { entries, failed: unlisted, passedOver } = await listFolder(dir, old?.names ?? [], signal);
  const otherModel =
    old !== undefined && (old.header.model.sha256 !== sha256 || !sameReading(old.header, model));
  const rowOf = otherModel ? new Map<string, number>() : rowsOf(old);
  const same = ({ name, size, mtimeMs }: Entry) => {
    const row = rowOf.get(name);
    return row !== undefined && old!.stats[2 * row] === size && old!.stats[2 * row + 1] === mtimeMs;
  };

  const fresh = await embedAll(
    entries.filter((entry) => !same(entry)),
    model,
    options,
  );
  const present = entries.filter((entry) => same(entry) || fresh.outputs.has(entry.name));
  const failed = [...unlisted, ...fresh.failed];
  const unreached = await rowsOutOfReach(old, present, dir, unlisted, fresh.failed);
  const rows: Row[] =
    otherModel || unreached.length === 0 ? present : [...present, ...unreached].sort(inWalkOrder);
  if (rows.length === 0) throw nothing(dir, failed);
  const dtype = options.half ? 'float16' : (old?.header.dtype ?? 'float32');
  const d = model.dimension;
  const matrix = new (dtype === 'float16' ? Uint16Array : Float32Array)(rows.length * d);
  const stats = new Float64Array(rows.length * 2);
  for (const [i, { name, size, mtimeMs }] of rows.entries()) {
    stats.set([size, mtimeMs], 2 * i);
    const row = fresh.outputs.get(name) ?? rowAt(old!, rowOf.get(name)!);
    matrix.set(dtype === 'float16' ? toHalf(row) : row, i * d);
  }
  const names = rows.map(({ name }) => name);
  signal?.throwIfAborted();
  writeIndex(file, { header: headerOf(dir, file, model, sha256, dtype, names.length), names, stats, matrix });
  const known = new Set([...present, ...unreached].map(({ name }) => name));
  return {
    images: names.length,
    embedded: fresh.outputs.size,
    kept: present.length - fresh.outputs.size,
    outOfReach: unreached.length,
    gone: old ? old.names.filter((name) => !known.has(name)).length : 0,
    otherModel,
    failed: failed.map(({ image, error }) => ({ image, error })),
    passedOver,
  };
}

/** Indexes of earlier versions used the network's own reading. */
const sameReading = ({ reading = OWN }: IndexHeader, { model, file, readingName }: ImageModel): boolean =>
  readingName === (reading === OWN ? readingOfModel(model, file, OWN).name : reading);

function nothing(dir: string, failed: readonly Failure[]): LexelError {
  const named = failed.slice(0, BROKEN_NAMED).map(({ error }) => `\n  ${error.message}`);
  if (failed.length > BROKEN_NAMED) named.push(`\n  and ${failed.length - BROKEN_NAMED} more`);
  const list = named.join('');
  return new LexelError(
    `${dir} contains no ${failed.length > 0 ? `readable image:${list}` : 'image'}`,
    `Supported images: ${IMAGE_ENDINGS}.`,
  );
}

function headerOf(
  dir: string,
  file: string,
  { model, file: modelFile, dimension, mean, readingName }: ImageModel,
  sha256: string,
  dtype: 'float32' | 'float16',
  count: number,
): IndexTable['header'] {
  return {
    count,
    dimension,
    dtype,
    root: relativePath(file, dir),
    model: {
      file: modelFile === BUNDLED_MODEL ? '' : relativePath(file, modelFile),
      sha256,
      network: model.network.name,
      recipe: model.recipe,
    },
    labels: [...model.labels],
    mu: [...mean],
    reading: readingName,
  };
}

/** The relative path from an index's folder to another file, with "/" between folders. */
function relativePath(file: string, to: string): string {
  const path = relative(resolve(dirname(file)), resolve(to));
  return isAbsolute(path) ? path : slashes(path) || '.';
}

const slashes = (path: string) => path.split(sep).join('/');

function checkRoot(dir: string, file: string, { header: { root } }: IndexTable): void {
  const before = resolve(dirname(file), root);
  const real = (path: string) => (existsSync(path) ? realpathSync(path) : path);
  if (real(before) === real(resolve(dir))) return;
  throw new UsageError(
    `--out ${file} is the index of ${before}, not of ${dir}`,
    'Give another --out, or remove the file.',
  );
}

/**
 * Lists the folder. A dead link is passed over unless the index has images behind it; then it is an error,
 * because it used to lead to a folder.
 */
async function listFolder(
  dir: string,
  indexed: readonly string[],
  signal?: AbortSignal,
): Promise<{ entries: Entry[]; failed: Failure[]; passedOver: PassedOver }> {
  const entries: Entry[] = [];
  const failed: Failure[] = [];
  const passed = new PassedOverCount();
  const deadLinks = new Map<string, PassedEntry>();
  for await (const entry of walkImages(dir)) {
    signal?.throwIfAborted();
    if (entry.kind === 'passed over' && entry.reason === 'deadLink')
      deadLinks.set(nameIn(dir, entry.shown), entry);
    else if (entry.kind === 'passed over') passed.add(entry);
    else if (entry.kind === 'failed') failed.push({ image: entry.shown, error: entry.error });
    else entries.push({ ...entry, name: nameIn(dir, entry.shown) });
  }
  const behind = new Map<string, number>();
  for (const name of indexed) {
    const link = enclosingPath(name, deadLinks);
    if (link !== undefined) behind.set(link, (behind.get(link) ?? 0) + 1);
  }
  for (const [name, link] of deadLinks) {
    const count = behind.get(name);
    if (count === undefined) passed.add(link);
    else {
      const images = `${count} image${count === 1 ? '' : 's'}`;
      const error = new FormatError(link.shown, `is a dead link, and the index has ${images} behind it`);
      failed.push({ image: link.shown, error });
    }
  }
  return { entries, failed, passedOver: passed.counts };
}

/** The name of an image or a folder in the index of `dir`. */
const nameIn = (dir: string, shown: string) => slashes(relative(dir, shown));

/** The path among `paths` that equals the name or contains it. */
function enclosingPath(name: string, paths: Pick<ReadonlySet<string>, 'has'>): string | undefined {
  for (let end = name.length; end > 0; end = name.lastIndexOf('/', end - 1)) {
    const path = name.slice(0, end);
    if (paths.has(path)) return path;
  }
  return undefined;
}

/** The order of a folder walk: by name; the images of a subfolder come at its position. */
function inWalkOrder(a: Row, b: Row): number {
  const [x, y] = [a, b].map(({ name }) => name.replaceAll('/', '\0'));
  return x < y ? -1 : x > y ? 1 : 0;
}

/**
 * Rows of the old index for what cannot be read now. Size and time are kept, so the images are checked again
 * once they are readable.
 */
async function rowsOutOfReach(
  old: IndexTable | undefined,
  present: readonly Entry[],
  dir: string,
  unlisted: readonly Failure[],
  unembedded: readonly (Failure & Entry)[],
): Promise<Row[]> {
  if (!old) return [];
  const unread = new Set(unlisted.map(({ image }) => nameIn(dir, image)));
  const indexed = new Set(old.names);
  for (const { name, path } of unembedded)
    if (indexed.has(name) && (await isOutOfReach(path))) unread.add(name);
  for (const { name } of present) indexed.delete(name);
  return old.names.flatMap((name, row) => {
    if (!indexed.has(name) || enclosingPath(name, unread) === undefined) return [];
    return { name, size: old.stats[2 * row], mtimeMs: old.stats[2 * row + 1] };
  });
}

/** Whether a file exists but cannot be read. A readable file in this list is no longer an image. */
async function isOutOfReach(path: FilePath): Promise<boolean> {
  return readFile(path).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT',
  );
}

async function embedAll(
  entries: readonly Entry[],
  model: ImageModel,
  { onProgress, signal }: UpdateOptions,
): Promise<{ outputs: Map<string, Float32Array>; failed: (Failure & Entry)[] }> {
  const outputs = new Map<string, Float32Array>();
  const failed: (Failure & Entry)[] = [];
  async function* paths(): AsyncGenerator<ImagePath> {
    for (const { path } of entries) yield imagePath(path);
  }
  let done = 0;
  for await (const batch of embedImages(model, paths(), { familiarity: false, signal })) {
    for (const one of batch) {
      const entry = entries[done++];
      if (one.error) failed.push({ ...entry, image: one.image, error: one.error });
      else outputs.set(entry.name, unitRows(one.output, model.mean));
    }
    onProgress?.(done, entries.length);
  }
  return { outputs, failed };
}

function rowsOf(table: IndexTable | undefined): Map<string, number> {
  return new Map(table?.names.map((name, row) => [name, row]));
}

function rowAt({ matrix, header: { dimension: d } }: IndexTable, row: number): Float32Array {
  const view = matrix.subarray(row * d, (row + 1) * d);
  return view instanceof Uint16Array ? fromHalf(view) : view;
}
