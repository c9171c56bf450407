/** Reads the user's own data set: a folder with a subfolder of images per class. */

import { FormatError } from '../util/errors.js';
import { usableCores } from '../util/machine.js';
import { deriveKey, Random } from '../util/random.js';
import { shellWord } from '../util/shell.js';
import {
  BROKEN_NAMED,
  brokenList,
  type ClassFolders,
  type Entry,
  findClassFolders,
  Notes,
  type Part,
} from './class-folders.js';
import { allocateSet, makeDataset } from './dataset.js';
import { decodeFile } from './decode-image.js';
import { checkSize } from './resize.js';
import type { Dataset, ImageSet } from './types.js';

export interface FolderOptions {
  /** Height and width to which images are scaled, in pixels. Default 32. */
  readonly size?: number;
  /** Share of each class's images used for testing, if the folder has no train/test split. Default 0.2. */
  readonly testFraction?: number;
  /** Seed of that split. Default 0. */
  readonly seed?: number;
  /** Skip unreadable files and folders instead of throwing; {@link Dataset.reading} lists them. */
  readonly skipBroken?: boolean;
  /** Called with the number of images decoded so far and the total. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborts between images. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a data set from `dir/<class>/...`, split by seed, or from `dir/train/<class>/...` and `dir/test/<class>/...`.
 * Classes are the folder names in code-point order. The images of a class are those in its folder and all subfolders,
 * decoded by {@link decodeImage}. Hidden files and files of other types are passed over.
 *
 * With `skipBroken`, the split is drawn from the readable images only.
 *
 * @throws FormatError if a folder is missing or empty, there are fewer than two classes, or a class has no training or
 *   test image; also if images or folders cannot be read, with a list of them. The reason of `signal` if it is aborted.
 */
export async function readImageFolder(dir: string, options: FolderOptions = {}): Promise<Dataset> {
  const { testFraction = 0.2, seed = 0 } = options;
  const size = checkSize(options.size ?? 32);
  if (!(testFraction > 0 && testFraction < 1)) {
    throw new FormatError(dir, `test fraction ${testFraction} is not between 0 and 1`);
  }
  const notes = new Notes(dir);
  const found = await findClassFolders(dir, notes);
  const split = found.folders.all
    ? (entries: readonly Entry[]) => drawnSplit(found, entries, testFraction, seed, notes)
    : (entries: readonly Entry[]) => ownSplit(found, entries, notes);

  const lists = split(found.entries);
  const unreadable = new Set<Entry>();
  let done = 0;
  const decode = async (entry: Entry) => {
    options.signal?.throwIfAborted();
    const pixels = await decodeFile(entry.file.path, size).catch((error) => {
      if (!(error instanceof FormatError)) throw error;
      notes.fail(error);
      unreadable.add(entry);
      return undefined;
    });
    options.onProgress?.(++done, found.entries.length);
    return pixels;
  };
  let train = await fill(lists.train, size, decode);
  let test = await fill(lists.test, size, decode);
  const { broken } = notes;
  if (broken.length > 0 && !options.skipBroken) {
    const all = broken.length > BROKEN_NAMED ? ` (\`lexel data info ${shellWord(dir)}\` lists all)` : '';
    throw new FormatError(
      dir,
      brokenList(broken, BROKEN_NAMED),
      `Repair or remove them${all}, or skip them with --skip-broken.`,
    );
  }
  if (unreadable.size > 0) {
    const decoded = new Map([...rows(lists.train, train), ...rows(lists.test, test)]);
    const readable = split(found.entries.filter((entry) => !unreadable.has(entry)));
    train = await fill(readable.train, size, async (entry) => decoded.get(entry));
    test = await fill(readable.test, size, async (entry) => decoded.get(entry));
  }
  const reading = { passedOver: notes.passed.counts, broken };
  return makeDataset({ name: dir, classes: found.labels, train, test, reading });
}

interface Split {
  readonly train: readonly Entry[];
  readonly test: readonly Entry[];
}

/** The split given by the folders `train` and `test`. */
function ownSplit(found: ClassFolders, entries: readonly Entry[], notes: Notes): Split {
  const of = (part: Part) => byClass(found, entries, part, 1, notes).flatMap(({ files }) => files);
  return { train: of('train'), test: of('test') };
}

function drawnSplit(
  found: ClassFolders,
  entries: readonly Entry[],
  testFraction: number,
  seed: number,
  notes: Notes,
): Split {
  const train: Entry[] = [];
  const test: Entry[] = [];
  for (const { name, files } of byClass(found, entries, 'all', 2, notes)) {
    const count = Math.min(files.length - 1, Math.max(1, Math.round(files.length * testFraction)));
    const order = new Random(deriveKey(seed, 'folder-split', name)).shuffle(
      Int32Array.from(files, (_, i) => i),
    );
    const chosen = new Set(order.subarray(0, count));
    files.forEach((file, i) => {
      (chosen.has(i) ? test : train).push(file);
    });
  }
  return { train, test };
}

/** Groups a part's entries by class. @throws FormatError if a class has fewer than `least` entries */
function byClass(
  { folders }: ClassFolders,
  entries: readonly Entry[],
  part: Part,
  least: 1 | 2,
  notes: Notes,
): { name: string; files: Entry[] }[] {
  const classes = folders[part]!.map(({ name, path }) => ({ name, path, files: [] as Entry[] }));
  for (const entry of entries) if (entry.part === part) classes[entry.label].files.push(entry);
  for (const { path, files } of classes) {
    if (files.length >= least) continue;
    const readable = notes.broken.length > 0 ? 'readable ' : '';
    const what = files.length === 0 ? `no ${readable}image` : `only one ${readable}image`;
    throw notes.fault(path, `contains ${what}${least > 1 ? ', at least two are needed' : ''}`);
  }
  return classes;
}

/**
 * Builds an image set, decoding one image per core at a time; libvips runs outside the event loop. Images without
 * pixels stay zero.
 */
async function fill(
  entries: readonly Entry[],
  size: number,
  pixelsOf: (entry: Entry) => Promise<Uint8Array | undefined>,
): Promise<ImageSet> {
  const set = allocateSet(entries.length, size);
  let next = 0;
  const worker = async () => {
    while (next < entries.length) {
      const i = next++;
      const pixels = await pixelsOf(entries[i]);
      if (pixels) set.pixels.set(pixels, i * size * size * 3);
      set.labels[i] = entries[i].label;
    }
  };
  await Promise.all(Array.from({ length: usableCores() }, worker));
  return set;
}

/** Pairs each entry with its pixels in the set. */
function rows(entries: readonly Entry[], { pixels, size }: ImageSet): (readonly [Entry, Uint8Array])[] {
  const bytes = size * size * 3;
  return entries.map((entry, i) => [entry, pixels.subarray(i * bytes, (i + 1) * bytes)]);
}
