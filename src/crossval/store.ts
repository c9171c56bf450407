/** Writes a run directory: its first files, the folds' logs, and the files of finished folds. */

import { appendFileSync, closeSync, existsSync, fstatSync, readdirSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentHashes } from '../data/image-statistics.js';
import { toHalf } from '../formats/half.js';
import { writeNpy } from '../formats/npy.js';
import { isTemporary } from '../formats/temporary.js';
import { removeCheckpoint } from '../train/checkpoint-file.js';
import { keptEpoch } from '../train/config.js';
import { foldModel } from '../train/fold-model.js';
import type { FoldEvent, FoldResult } from '../train/index.js';
import { saveModel } from '../train/model-file.js';
import { UsageError } from '../util/errors.js';
import { makeFolder } from '../util/make-folder.js';
import { openRegular } from '../util/regular-file.js';
import { shellWord } from '../util/shell.js';
import { cannotWrite } from '../util/system-errors.js';
import type { Experiment } from './experiment.js';
import { writeFoldOutputs } from './fold-outputs.js';
import { belongsToLock } from './lock-file.js';
import { foldFiles, writeRunFile } from './run-file.js';
import { targetsId } from './targets-file.js';

/** What a run directory is created from, and what another call must have in common with it. */
export type RunContent = Pick<Experiment, 'run' | 'vectors' | 'wordVectors' | 'engine'>;

/**
 * Creates a run directory: run.json, targets.npy and folds/; also words.npy, the labels' original vectors, if a
 * control replaced them.
 * @throws UsageError if the directory exists and is not empty. Nothing is overwritten, except what this
 *   function left when its process was killed.
 */
export function createRunDirectory(
  dir: string,
  { run, vectors, wordVectors }: Omit<RunContent, 'engine'>,
): void {
  checkFree(dir);
  makeFolder(join(dir, 'folds'));
  const shape = [run.dataset.classes.length, run.words.dimension];
  writeNpy(join(dir, 'targets.npy'), shape, vectors);
  if (wordVectors) writeNpy(join(dir, 'words.npy'), shape, wordVectors);
  // Written last, so that a directory with a run.json is complete.
  writeRunFile(dir, { ...run, targets: targetsId(vectors) });
}

/** @throws UsageError if `dir` contains a run or anything else, except the remains of an interrupted creation */
export function checkFree(dir: string): void {
  if (!existsSync(dir)) return;
  if (existsSync(join(dir, 'run.json'))) {
    throw new UsageError(
      `${dir} already holds a run`,
      `resume it with lexel loo --resume ${shellWord(dir)}, or give another --out`,
    );
  }
  const names = readdirSync(dir).filter((name) => !belongsToLock(name, 'run.lock'));
  if (names.length > 0 && !isHalfBegun(dir, names)) {
    throw new UsageError(`${dir} is not empty`, 'give another --out');
  }
}

/**
 * Whether the directory contains only files that {@link createRunDirectory} writes before run.json, and no
 * results.
 */
function isHalfBegun(dir: string, names: readonly string[]): boolean {
  const written = new Set(['folds', 'targets.npy', 'words.npy']);
  if (!names.includes('folds') || !names.every((name) => written.has(name) || isTemporary(name)))
    return false;
  const folds = join(dir, 'folds');
  return statSync(folds).isDirectory() && readdirSync(folds).length === 0;
}

/** Path of a fold's checkpoint, without ending. */
export function checkpointPrefix(dir: string, fold: string): string {
  return join(dir, 'folds', fold);
}

/** Appends an event to a fold's log, on a new line even if a killed process left the last line unfinished. */
export function appendEvent(dir: string, event: FoldEvent): void {
  const { log } = foldFiles(dir, event.fold);
  makeFolder(dirname(log));
  try {
    appendFileSync(log, `${endsMidLine(log) ? '\n' : ''}${JSON.stringify(event)}\n`);
  } catch (error) {
    throw cannotWrite(log, error);
  }
}

function endsMidLine(file: string): boolean {
  if (!existsSync(file)) return false;
  const descriptor = openRegular(file);
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0) return false;
    const last = Buffer.alloc(1);
    readSync(descriptor, last, 0, 1, size - 1);
    return last[0] !== 10;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Stores a finished fold: first outputs and model, then the 'end' line, so that the files of a fold with an
 * 'end' line are complete. The checkpoint is removed last.
 */
export function storeFold(
  dir: string,
  experiment: Pick<Experiment, 'run' | 'network' | 'dataset'>,
  fold: { id: string; heldOut: readonly number[] },
  result: Extract<FoldResult, { status: 'finished' }>,
): void {
  const { run, network, dataset } = experiment;
  const files = foldFiles(dir, fold.id);
  const { dimension, heldOut, seen, seenImages, features } = result.outputs;
  const hashes = ({ ids }: { ids: Int32Array }) => contentHashes(dataset.test, ids);
  writeFoldOutputs(files.outputs, {
    dimension,
    heldOut: { ...heldOut, hashes: hashes(heldOut) },
    seen,
    seenImages: seenImages && {
      ...seenImages,
      hashes: hashes(seenImages),
      outputs: toHalf(seenImages.outputs),
    },
    features: { ...features, seenImages: features.seenImages && toHalf(features.seenImages) },
    metadata: { fold: fold.id, seed: String(run.seed), recipe: run.recipe, dataset: run.dataset.hash },
  });
  const { control, recipe, words, seed, config, preset } = run;
  const source = {
    ...{ network, recipe, control, words, heldOut: fold.heldOut, labels: run.dataset.classes },
    dataset: run.dataset,
    training: { fold: fold.id, seed, epochs: keptEpoch(config, result.end), preset },
  };
  saveModel(files.model, foldModel(source, result));
  appendEvent(dir, result.end);
  try {
    removeCheckpoint(checkpointPrefix(dir, fold.id));
  } catch {
    // Ignored: the checkpoint of a finished fold is never read.
  }
}
