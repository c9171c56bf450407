/** Opens a data set by what the user typed after `--data`. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dataDirectories } from '../util/data-dir.js';
import { LexelError } from '../util/errors.js';
import { makeDataset } from './dataset.js';
import { readImageFolder } from './folder.js';
import { DATA_CHOICES, isPublished, PUBLISHED, PUBLISHED_NAMES, type PublishedName } from './published.js';
import { checkSize, resizeSet } from './resize.js';
import { shapesWorld } from './shapes/world.js';
import { readSuperclasses, withSuperclasses } from './superclasses.js';
import type { Dataset } from './types.js';

export interface OpenOptions {
  /** The user's `--data-dir`: searched first; must exist. */
  readonly dataDir?: string;
  /** Height and width of the images, in pixels. Default 32. */
  readonly size?: number;
  /** Seed of the shapes world and of a folder's split. Default 0. */
  readonly seed?: number;
  /** Shapes: training images a class. Default 100. */
  readonly perClass?: number;
  /** Shapes: test images a class. Default 25. */
  readonly testPerClass?: number;
  /** Shapes: number of classes. Default 60. */
  readonly classes?: number;
  /** Folder: share of test images where the folder has no split of its own. Default 0.2. */
  readonly testFraction?: number;
  /** Folder: leaves out what cannot be read, instead of an error. */
  readonly skipBroken?: boolean;
  /** A file that gives each class a superclass (see {@link readSuperclasses}). Default: the data set's own. */
  readonly superclasses?: string;
  /** Folder: called with images decoded so far and their whole number. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Opens `shapes`, a published data set by its name, or a folder: of class-named folders of images, or of CIFAR binary files
 * (which may then be a subset of the official ones).
 *
 * @throws LexelError when nothing of that name is found, FormatError when what is found is damaged, or a file of
 *   superclasses is or does not fit it.
 */
export async function openDataset(spec: string, options: OpenOptions = {}): Promise<Dataset> {
  // Read first: images take long, and a fault of the file may be told at once.
  const groups = options.superclasses === undefined ? undefined : readSuperclasses(options.superclasses);
  const dataset = await openImages(spec, options);
  return groups ? withSuperclasses(dataset, groups) : dataset;
}

async function openImages(spec: string, options: OpenOptions): Promise<Dataset> {
  const size = checkSize(options.size ?? 32);
  if (spec === 'shapes') return shapesWorld({ ...options, size });
  if (isPublished(spec)) return resized(PUBLISHED[spec].read(findDataset(spec, options.dataDir)), size);
  if (!existsSync(spec)) {
    throw new LexelError(
      `no data set "${spec}": neither ${DATA_CHOICES}, nor a folder here`,
      'Name one of these, or the path of a folder of class-named folders of images.',
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

/** Whether a directory holds any file of a published set: a half-present set is opened too, to name what is missing. */
function holds(dir: string, name: PublishedName): boolean {
  return PUBLISHED[name].files.some((file) => existsSync(join(dir, file)));
}

/**
 * The directory of a published data set: in each data directory in order (see {@link dataDirectories}) the set's own
 * folder, or the directory itself when it holds the files.
 *
 * @throws LexelError when it is nowhere; the hint says how to get it.
 */
export function findDataset(name: PublishedName, dataDir?: string): string {
  if (dataDir !== undefined && !(existsSync(dataDir) && statSync(dataDir).isDirectory())) {
    throw new LexelError(`${resolve(dataDir)}: no such directory (--data-dir)`);
  }
  const searched = dataDirectories(dataDir);
  for (const dir of searched) {
    const own = join(dir, PUBLISHED[name].folder);
    if (holds(own, name)) return own;
    if (holds(dir, name)) return dir;
  }
  throw new LexelError(
    `${name} is not here (searched ${searched.join(', ')})`,
    `Get it with \`lexel data get ${name}\`, or name the directory that holds ${PUBLISHED[name].folder}/ with --data-dir.`,
  );
}
