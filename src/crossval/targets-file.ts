/**
 * targets.npy: the raw target vectors of all labels. run.json contains a hash of them. Archived runs can share
 * one file, in a folder `targets` beside the run or beside the folder of its seeds.
 *
 *     kept/a/run.json, kept/b/seed-0/run.json, kept/targets/0123456789abcdef.npy
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf } from '../formats/bytes.js';
import { readNpy, writeNpy } from '../formats/npy.js';
import { FormatError, LexelError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';

/** The hash of the vectors in run.json: the first 16 hexadecimal digits of the SHA-256 of their float32 bytes. */
export function targetsId(vectors: Float32Array): string {
  return createHash('sha256').update(bytesOf(vectors)).digest('hex').slice(0, 16);
}

interface Labels {
  /** See {@link targetsId}; absent in runs of earlier versions, whose targets.npy lies in the run directory. */
  readonly targets?: string;
  readonly dataset: { readonly classes: readonly string[] };
  readonly words: { readonly dimension: number };
  /** The command that made the run. */
  readonly command?: string;
}

/**
 * Checks that a run directory holds more than run.json and tables, as runs may be archived.
 * @throws LexelError if it has neither target vectors nor folds
 */
export function checkHasFolds(dir: string, { command, ...run }: Labels): void {
  if (targetsFile(dir, run) || existsSync(join(dir, 'folds'))) return;
  const rest = existsSync(join(dir, 'classes.csv')) ? 'run.json and the table classes.csv' : 'run.json';
  const again = command === undefined ? '' : `, or train it again: \`${command}\``;
  throw new LexelError(
    `${dir}: keeps only ${rest} of the run, not its folds (folds/) and target vectors (targets.npy)`,
    `Use the run directory itself${again}`,
    { code: 'LEXEL_NOT_FOUND' },
  );
}

/** Path of a run's target vectors; null if the file is missing. */
export function targetsFile(dir: string, { targets: id }: Labels): string | null {
  const shared =
    id === undefined ? [] : ['..', join('..', '..')].map((up) => join(dir, up, 'targets', `${id}.npy`));
  return [join(dir, 'targets.npy'), ...shared].find((file) => existsSync(file)) ?? null;
}

/**
 * Reads a run's target vectors, float32 [classes, dimension].
 * @throws LexelError if the run has no folds either; FormatError if the file is missing, does not match run.json, or contains values that are not finite
 */
export function readTargets(dir: string, run: Labels): Float32Array {
  const file = targetsFile(dir, run);
  if (!file) {
    checkHasFolds(dir, run);
    throw new FormatError(
      join(dir, 'targets.npy'),
      'is missing',
      run.targets === undefined
        ? 'Every run directory keeps its target vectors.'
        : `Copy it from the run's original location (for archived runs, it is targets/${run.targets}.npy), or repeat the run's full command with --out ${shellWord(dir)}.`,
    );
  }
  const { shape, data } = readNpy(file);
  const { classes } = run.dataset;
  if (shape.length !== 2 || shape[0] !== classes.length || shape[1] !== run.words.dimension) {
    throw new FormatError(
      file,
      `has shape (${shape.join(', ')}), but run.json has ${classes.length} classes and ${run.words.dimension} dimensions`,
    );
  }
  const bad = data.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0)
    throw new FormatError(file, `the vector of "${classes[Math.floor(bad / shape[1])]}" is not finite`);
  if (run.targets !== undefined && targetsId(data) !== run.targets)
    throw new FormatError(file, `its content does not match the hash in run.json (${run.targets})`);
  return data;
}

/** Writes a run's missing targets.npy if these are its vectors. */
export function restoreTargets(dir: string, run: Labels, vectors: Float32Array): void {
  if (targetsFile(dir, run) || run.targets !== targetsId(vectors)) return;
  writeNpy(join(dir, 'targets.npy'), [run.dataset.classes.length, run.words.dimension], vectors);
}
