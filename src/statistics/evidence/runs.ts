/** Runs named on a command line: what they are called, and the seeds that a directory of seeds holds. */
import { basename, join, resolve } from 'node:path';
import type { RunFile } from '../../crossval/run-file.js';
import { seedRuns } from '../../crossval/runs.js';
import { LexelError } from '../../util/errors.js';

/** Paths of the runs in a `--seeds` directory, by seed; null where it is none. */
export function seedDirectories(dir: string): string[] | null {
  const names = seedRuns(dir);
  return names.length > 0 ? names.map((name) => join(dir, name)) : null;
}

/** "permuted", "random", …: the control that a run is, or null for the experiment itself. */
export function controlOf(run: RunFile): string | null {
  return run.control ?? null;
}

/** The folder's name, with what sets the run apart. */
export function runName(dir: string, run: RunFile): string {
  const control = controlOf(run);
  const { ranking } = run.config;
  const what = control ? `control ${control}` : `recipe ${run.recipe}`;
  return `${basename(resolve(dir))} (${what}${ranking === undefined ? '' : `, ranking loss ${ranking}`})`;
}

/** @throws LexelError when two runs were not evaluated on the same images, or not normalised the same way */
export function checkComparable(
  first: { dir: string; run: RunFile },
  other: { dir: string; run: RunFile },
): void {
  const [before, after] = [first.run.normalisation, other.run.normalisation];
  if (before !== after) {
    throw new LexelError(
      `${first.dir} and ${other.dir} cannot be paired: their normalisation is "${before}" and "${after}" (earlier ` +
        'versions normalised with the whole data set, held-out images included)',
      'train both with the same version',
    );
  }
  if (first.run.dataset.hash === other.run.dataset.hash) return;
  throw new LexelError(
    `${other.dir} was trained on other images (${other.run.dataset.name}, hash ${other.run.dataset.hash}) than ${first.dir} ` +
      `(${first.run.dataset.name}, hash ${first.run.dataset.hash})`,
    'only runs of one data set can stand beside each other',
  );
}
