/** Opens the data set that the user specified with `--data`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkDataDirectory, dataDirectories } from '../util/data-dir.js';
import { LexelError, UsageError } from '../util/errors.js';
import { nearestSpellings } from '../util/spelling.js';
import { makeDataset } from './dataset.js';
import { readImageFolder } from './folder.js';
import {
  DATA_CHOICES,
  DATA_NAMES,
  isPublished,
  PUBLISHED,
  PUBLISHED_NAMES,
  type PublishedName,
} from './published.js';
import { checkSize, resizeSet } from './resize.js';
import { keptWorld } from './shapes/kept-world.js';
import { readSuperclasses, withSuperclasses } from './superclasses.js';
import type { Dataset } from './types.js';

export interface OpenOptions {
  /** The user's `--data-dir`; it is searched first and must exist. */
  readonly dataDir?: string;
  /** Height and width of the images, in pixels. Default 32. */
  readonly size?: number;
  /** Seed of the shapes world and of a folder's split. Default 0. */
  readonly seed?: number;
  /** Shapes: training images per class. Default 100. */
  readonly perClass?: number;
  /** Shapes: test images per class. Default 25. */
  readonly testPerClass?: number;
  /** Shapes: number of classes. Default 60. */
  readonly classes?: number;
  /** Folder: share of test images if the folder has no train/test split. Default 0.2. */
  readonly testFraction?: number;
  /** Folder: skip unreadable files and folders instead of throwing. */
  readonly skipBroken?: boolean;
  /** A file that gives each class a superclass (see {@link readSuperclasses}). Default: the data set's own. */
  readonly superclasses?: string;
  /** Folder: called with the number of images decoded so far and the total. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Folder: aborts between images. Other sets are read in one go, after the signal has been checked. */
  readonly signal?: AbortSignal;
}

/**
 * Opens `shapes`, a published data set by its name, or a folder. A folder contains either a subfolder of images per
 * class, or CIFAR binary files (which may be a subset of the official ones).
 *
 * @throws UsageError for an unknown name or path; LexelError if published images or the data directory are not found; FormatError if the data
 *   set or the superclass file is damaged, or they do not match; the reason of `signal` if it is aborted.
 */
export async function openDataset(spec: string, options: OpenOptions = {}): Promise<Dataset> {
  // Read this file first, so that its errors are reported before the images are read, which takes longer.
  options.signal?.throwIfAborted();
  checkDataDirectory(options.dataDir);
  const groups = options.superclasses === undefined ? undefined : readSuperclasses(options.superclasses);
  const dataset = await openImages(spec, options);
  return groups ? withSuperclasses(dataset, groups) : dataset;
}

async function openImages(spec: string, options: OpenOptions): Promise<Dataset> {
  const size = checkSize(options.size ?? 32);
  if (spec === 'shapes') return keptWorld({ ...options, size });
  if (isPublished(spec)) return resized(PUBLISHED[spec].read(findDataset(spec, options.dataDir)), size);
  if (!existsSync(spec)) {
    const near = nearestSpellings(spec, DATA_NAMES, 1);
    throw new UsageError(
      `no data set "${spec}": neither one of ${DATA_CHOICES} nor an existing folder`,
      `${near.length > 0 ? `Did you mean ${near[0]}? ` : ''}Use one of these, or the path of a folder that contains a subfolder of images per class.`,
    );
  }
  const layout = PUBLISHED_NAMES.find((name) => holds(spec, name));
  if (layout) return resized(PUBLISHED[layout].read(spec, { subset: true, name: spec }), size);
  return readImageFolder(spec, { ...options, size });
}

function resized(dataset: Dataset, size: number): Dataset {
  if (dataset.train.size === size) return dataset;
  const { name, classes, superclasses, superclassOf } = dataset;
  const [train, test] = [resizeSet(dataset.train, size), resizeSet(dataset.test, size)];
  return makeDataset({ name, classes, superclasses, superclassOf, train, test });
}

/** Whether a directory contains any file of a published set. Incomplete sets are opened too, to report missing files. */
function holds(dir: string, name: PublishedName): boolean {
  return PUBLISHED[name].files.some((file) => existsSync(join(dir, file)));
}

/**
 * Finds the directory of a published data set. In each data directory, in order ({@link dataDirectories}), this is the
 * set's folder, or the data directory itself if it contains the files.
 *
 * @throws LexelError if it is not found, with a hint how to download it.
 */
export function findDataset(name: PublishedName, dataDir?: string): string {
  checkDataDirectory(dataDir);
  const searched = dataDirectories(dataDir);
  for (const dir of searched) {
    const own = join(dir, PUBLISHED[name].folder);
    if (holds(own, name)) return own;
    if (holds(dir, name)) return dir;
  }
  throw new LexelError(
    `${name} not found (searched ${searched.join(', ')})`,
    `Download it with \`lexel data get ${name}\`, or pass the directory that contains ${PUBLISHED[name].folder}/ with --data-dir.`,
    { code: 'LEXEL_NOT_FOUND' },
  );
}
