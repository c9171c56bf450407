/** Runs named on a command line: what they are called, and the seeds that a directory of seeds holds. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { RunFile } from '../../crossval/run-file.js';
import { LexelError } from '../../util/errors.js';

/** The runs in a directory that `--seeds` made, by seed; null where it is not one. */
export function seedDirectories(dir: string): string[] | null {
  if (!existsSync(dir) || existsSync(join(dir, 'run.json'))) return null;
  const seeds = readdirSync(dir)
    .flatMap((name) => {
      const match = /^seed-(\d+)$/.exec(name);
      return match && existsSync(join(dir, name, 'run.json')) ? [{ name, seed: Number(match[1]) }] : [];
    })
    .sort((a, b) => a.seed - b.seed);
  return seeds.length > 0 ? seeds.map(({ name }) => join(dir, name)) : null;
}

/** "permuted", "random", …: the control that a run is, or null for the experiment itself. */
export function controlOf(run: RunFile): string | null {
  const { control } = run;
  return typeof control === 'string' && control !== '' && control !== 'none' ? control : null;
}

/** The folder's name, with what sets the run apart. */
export function runName(dir: string, run: RunFile): string {
  const control = controlOf(run);
  const what = control ? `control ${control}` : `recipe ${run.recipe}`;
  return `${basename(resolve(dir))} (${what})`;
}

/** @throws LexelError when two runs were not evaluated on the same images */
export function checkSameImages(
  first: { dir: string; run: RunFile },
  other: { dir: string; run: RunFile },
): void {
  if (first.run.dataset.hash === other.run.dataset.hash) return;
  throw new LexelError(
    `${other.dir} was trained on other images (${other.run.dataset.name}, hash ${other.run.dataset.hash}) than ${first.dir} ` +
      `(${first.run.dataset.name}, hash ${first.run.dataset.hash})`,
    'only runs of one data set can stand beside each other',
  );
}
