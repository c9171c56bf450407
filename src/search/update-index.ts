/** Makes an index of a folder's pictures, or brings one up to date. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { IMAGE_ENDINGS, type PassedOver, PassedOverCount, walkPictures } from '../data/index.js';
import { fromHalf, toHalf } from '../formats/index.js';
import { checksumFile } from '../util/checksum.js';
import { LexelError, UsageError } from '../util/errors.js';
import type { FilePath } from '../util/file-path.js';
import type { ImageModel } from './image-model.js';
import { type IndexTable, readIndex, writeIndex } from './index-file.js';
import { BUNDLED_MODEL } from './open-model.js';
import { unitRows } from './space.js';
import { embedPictures, type PicturePath, picturePath } from './stream.js';

export interface UpdateOptions {
  /** Stores float16: half the size, about three decimals. Default as the index was; float32 for a new one. */
  readonly half?: boolean;
  /** Called with pictures embedded so far and how many there are to embed. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What became of the folder's pictures. */
export interface UpdateOutcome {
  /** In the index now. */
  readonly pictures: number;
  /** New or changed, therefore embedded. */
  readonly embedded: number;
  /** Taken over from the index as it was. */
  readonly kept: number;
  /** In the index before, and no longer in the folder. */
  readonly gone: number;
  /** The index was of another model: everything was embedded anew. */
  readonly otherModel: boolean;
  /** Pictures and folders that could not be read; they are not in the index. */
  readonly failed: readonly Failure[];
  /** What the folder holds besides. */
  readonly passedOver: PassedOver;
}

interface Failure {
  readonly picture: string;
  readonly error: LexelError;
}

/** A picture of the folder as it is now. */
interface Entry {
  readonly path: FilePath;
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * Embeds the pictures in `dir` and its folders into an index file. An index that is there already gives the rows of
 * pictures whose size and time are as they were; only the others are embedded.
 *
 * @throws UsageError when the file indexes another folder; FormatError when it is there and no whole index; LexelError
 *   when the folder holds no readable picture.
 */
export async function updateIndex(
  dir: string,
  file: string,
  model: ImageModel,
  options: UpdateOptions = {},
): Promise<UpdateOutcome> {
  const sha256 = await checksumFile(model.file, 'sha256');
  const old = existsSync(file) ? readIndex(file) : undefined;
  if (old) checkRoot(dir, file, old);
  const { entries, failed, passedOver } = await listFolder(dir);
  const otherModel = old !== undefined && old.header.model.sha256 !== sha256;
  const rowOf = otherModel ? new Map<string, number>() : rowsOf(old);
  const same = ({ name, size, mtimeMs }: Entry) => {
    const row = rowOf.get(name);
    return row !== undefined && old!.stats[2 * row] === size && old!.stats[2 * row + 1] === mtimeMs;
  };

  const fresh = await embedAll(
    entries.filter((entry) => !same(entry)),
    model,
    options.onProgress,
  );
  const present = entries.filter((entry) => same(entry) || fresh.outputs.has(entry.name));
  failed.push(...fresh.failed);
  if (present.length === 0) throw nothing(dir, failed);
  const dtype = options.half ? 'float16' : (old?.header.dtype ?? 'float32');
  const d = model.dimension;
  const matrix = new (dtype === 'float16' ? Uint16Array : Float32Array)(present.length * d);
  const stats = new Float64Array(present.length * 2);
  let kept = 0;
  for (const [i, entry] of present.entries()) {
    stats.set([entry.size, entry.mtimeMs], 2 * i);
    let row = fresh.outputs.get(entry.name);
    if (!row) {
      kept++;
      row = rowAt(old!, rowOf.get(entry.name)!);
    }
    matrix.set(dtype === 'float16' ? toHalf(row) : row, i * d);
  }
  const names = present.map(({ name }) => name);
  writeIndex(file, { header: headerOf(dir, file, model, sha256, dtype, names.length), names, stats, matrix });
  const now = new Set(names);
  return {
    pictures: names.length,
    embedded: fresh.outputs.size,
    kept,
    gone: old ? old.names.filter((name) => !now.has(name)).length : 0,
    otherModel,
    failed,
    passedOver,
  };
}

function nothing(dir: string, failed: readonly Failure[]): LexelError {
  const list = failed.map(({ error }) => `\n  ${error.message}`).join('');
  return new LexelError(
    `${dir} holds no ${failed.length > 0 ? `readable picture:${list}` : 'picture'}`,
    `Pictures are ${IMAGE_ENDINGS}.`,
  );
}

function headerOf(
  dir: string,
  file: string,
  { model, file: modelFile }: ImageModel,
  sha256: string,
  dtype: 'float32' | 'float16',
  count: number,
): IndexTable['header'] {
  return {
    count,
    dimension: model.seenMean.length,
    dtype,
    root: between(file, dir),
    model: {
      file: modelFile === BUNDLED_MODEL ? '' : between(file, modelFile),
      sha256,
      network: model.network.name,
      recipe: model.recipe,
    },
    labels: [...model.labels],
    mu: [...model.seenMean],
  };
}

/** The way from an index's folder to something else, with "/" between folders. */
function between(file: string, to: string): string {
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

async function listFolder(
  dir: string,
): Promise<{ entries: Entry[]; failed: Failure[]; passedOver: PassedOver }> {
  const entries: Entry[] = [];
  const failed: Failure[] = [];
  const passed = new PassedOverCount();
  for await (const entry of walkPictures(dir)) {
    if (entry.kind === 'passed over') passed.add(entry);
    else if (entry.kind === 'failed') failed.push({ picture: entry.shown, error: entry.error });
    else entries.push({ ...entry, name: slashes(relative(dir, entry.shown)) });
  }
  return { entries, failed, passedOver: passed.counts };
}

async function embedAll(
  entries: readonly Entry[],
  model: ImageModel,
  onProgress: UpdateOptions['onProgress'],
): Promise<{ outputs: Map<string, Float32Array>; failed: Failure[] }> {
  const outputs = new Map<string, Float32Array>();
  const failed: Failure[] = [];
  async function* paths(): AsyncGenerator<PicturePath> {
    for (const { path } of entries) yield picturePath(path);
  }
  let done = 0;
  for await (const batch of embedPictures(model, paths())) {
    for (const one of batch) {
      const { name } = entries[done++];
      if (one.error) failed.push(one);
      else outputs.set(name, unitRows(one.output, model.model.seenMean));
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
