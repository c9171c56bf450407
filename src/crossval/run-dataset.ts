/** Opens the images of a run again and checks that they are the ones that the run was begun with. */

import { BROKEN_NAMED, brokenList, type Dataset, openDataset, regrouped } from '../data/index.js';
import { LexelError } from '../util/errors.js';
import { superclassNames } from './protocols.js';
import type { RunFile } from './run-file.js';
import { classIndices } from './selection.js';
import { keepClasses } from './subset.js';

export interface RunDatasetOptions {
  /** The directory that is searched first. */
  readonly dataDir?: string;
  /** A file that must contain the same superclasses. */
  readonly superclasses?: string;
  /** The images, if the caller has them; they are checked like those of a file. */
  readonly dataset?: Dataset;
}

/**
 * The data set of a run, with the classes and superclasses of run.json. The images may be in another order than
 * before, which changes `orderedHash` and the meaning of image ids.
 * @param dir the run directory, for messages
 * @throws LexelError if the data set is not found, or if its images or the superclasses in the file are not those of
 *   the run; FormatError for an invalid file of superclasses
 */
export async function openRunDataset(
  dir: string,
  run: RunFile,
  { dataDir, superclasses: file, dataset: given }: RunDatasetOptions = {},
): Promise<Dataset> {
  const { config, dataset } = run;
  // Unreadable files are skipped. The hash check below fails unless the run was begun without them too.
  const opened =
    given ??
    (await openDataset(config.data, { dataDir, size: config.size, skipBroken: true, superclasses: file }));
  if (opened.hash !== dataset.hash) throw otherImages(dir, run, opened);
  const kept = keepClasses(opened, classIndices(dataset.classes, opened.classes));
  if (file !== undefined) checkSuperclasses(file, kept, dir, run);
  const { superclasses, superclassOf } = dataset;
  return regrouped(kept, { superclasses, superclassOf });
}

/** @throws LexelError naming the first class whose superclass is not the run's */
function checkSuperclasses(file: string, given: Dataset, dir: string, { dataset }: RunFile): void {
  const [now, then] = [superclassNames(given), superclassNames(dataset)];
  const other = now.findIndex((name, c) => name !== then[c]);
  if (other < 0) return;
  const before = then[other] === undefined ? 'without superclasses' : `with "${then[other]}" for it`;
  throw new LexelError(
    `${file}: the superclass of "${dataset.classes[other]}" is "${now[other]}", but ${dir} was begun ${before}`,
    'omit --superclasses to use those of the run, or begin another run with --out',
  );
}

function otherImages(dir: string, { config, dataset }: RunFile, { reading }: Dataset): LexelError {
  const before = new Set(dataset.skipped?.map(({ file }) => file));
  const broken = (reading?.broken ?? []).filter(({ file }) => !before.has(file));
  const problem = `${config.data}: these are not the images that ${dir} was begun with`;
  if (broken.length === 0)
    return new LexelError(problem, 'give the directory that contains them with --data-dir');
  return new LexelError(
    `${problem}; ${brokenList(broken, BROKEN_NAMED)}`,
    'restore these files, or begin another run with --out',
  );
}

/** Why a run's images cannot be shown: a message for the user, without a full stop. */
export interface NoImages {
  readonly reason: string;
  readonly hint?: string;
}

/** The data set of a run, with its images in the order of the run's image ids; or the reason why there is none. */
export async function imagesOfRun(
  dir: string,
  run: RunFile,
  options: RunDatasetOptions = {},
): Promise<Dataset | NoImages> {
  try {
    const dataset = await openRunDataset(dir, run, options);
    if (dataset.orderedHash === run.dataset.orderedHash) return dataset;
    return {
      reason: `the images of ${run.config.data} are in another order than when ${dir} was begun`,
      hint: 'Give the directory with the images in their original order with --data-dir.',
    };
  } catch (error) {
    if (!(error instanceof LexelError)) throw error;
    const { message: reason, hint } = error;
    return { reason, hint };
  }
}
