/**
 * Joins run directories of one experiment, such as shards that were trained on machines without a common disk. The
 * sources are only read. Everything is compared before anything is written.
 */

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../formats/atomic.js';
import { readNpy } from '../formats/npy.js';
import { readBytes } from '../formats/read.js';
import { parseSafetensors } from '../formats/safetensors.js';
import { removeCheckpoint } from '../train/checkpoint-file.js';
import { FormatError, LexelError, UsageError } from '../util/errors.js';
import { makeFolder } from '../util/make-folder.js';
import { beginOrJoin, checkSame } from './join.js';
import { takeLocks } from './lock.js';
import { readRecordFile } from './record-file.js';
import {
  type FoldPlan,
  type FoldRecord,
  foldFiles,
  type Run,
  readFold,
  readingRecordFile,
  readRun,
} from './run-file.js';
import { checkpointPrefix, type RunContent } from './store.js';

export interface Merged {
  /** Folds that were copied, with the directory that they came from. */
  readonly copied: readonly { readonly fold: string; readonly from: string }[];
  /** Finished folds that were there already. */
  readonly kept: readonly string[];
  /** Finished in several directories, by different engines and with different bits; the first one counts. */
  readonly drifted: readonly string[];
  /** Finished in no directory. Their checkpoints stay where they are. */
  readonly unfinished: readonly string[];
}

/** A fold that a directory has finished. */
interface Finished {
  readonly dir: string;
  readonly record: FoldRecord;
}

/**
 * Copies the finished folds of run directories into `out`.
 * @param out a new directory, or a run of the same experiment
 * @param options.allowDrift joins runs of different engines
 * @throws UsageError naming a source that is not of the same experiment; LexelError naming two directories whose
 *   results of one fold differ; FormatError naming a damaged file
 */
export async function mergeRuns(
  out: string,
  sources: readonly string[],
  { allowDrift = false }: { allowDrift?: boolean } = {},
): Promise<Merged> {
  checkDistinct(out, sources);
  const runs = sources.map(readRun);
  const there = existsSync(join(out, 'run.json')) ? readRun(out) : null;
  const all = there ? [there, ...runs] : runs;
  for (const run of all.slice(1)) checkSameExperiment(all[0], run, allowDrift);

  const drifted: string[] = [];
  const first = new Map<string, Finished>();
  for (const { dir, folds } of all) {
    for (const record of folds) {
      if (!record.finished) continue;
      const one = first.get(record.id);
      if (!one) first.set(record.id, { dir, record });
      else if (!areSame(one, { dir, record }, allowDrift)) drifted.push(record.id);
    }
  }
  for (const [, { dir, record }] of first) if (dir !== out) checkFiles(record);

  for (const run of runs) await beginOrJoin(out, contentOf(run), { allowDrift });
  const copied: Merged['copied'][number][] = [];
  const kept: string[] = [];
  for (const [fold, { dir, record }] of first) {
    if (dir !== out && copyFold(record, dir, out)) copied.push({ fold, from: dir });
    else kept.push(fold);
  }
  const unfinished = new Set(all.flatMap(({ folds }) => folds.map(({ id }) => id)));
  for (const id of first.keys()) unfinished.delete(id);
  return { copied, kept, drifted: [...new Set(drifted)], unfinished: [...unfinished] };
}

function checkDistinct(out: string, sources: readonly string[]): void {
  const real = (dir: string) => (existsSync(dir) ? realpathSync(dir) : dir);
  const dirs = [out, ...sources];
  const twice = dirs.find((dir, i) => dirs.slice(0, i).some((other) => real(other) === real(dir)));
  if (twice !== undefined)
    throw new UsageError(
      `${twice} is named twice`,
      'the first directory is the target; the others are joined into it',
    );
}

function checkSameExperiment(first: Run, other: Run, allowDrift: boolean): void {
  try {
    checkSame(first.dir, first.run, contentOf(other), first.targets, allowDrift);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const hint = error.message.includes(' was begun on ')
      ? 'the folds of both would differ in their last bits; to accept this, give --allow-drift'
      : 'only runs of one experiment can be joined';
    throw new UsageError(`${other.dir} cannot be joined: ${error.message}`, hint);
  }
}

function contentOf({ dir, run, targets }: Run): RunContent {
  const { backend, isa, build = '' } = run;
  const words = join(dir, 'words.npy');
  return {
    run,
    vectors: targets,
    ...(existsSync(words) && { wordVectors: readNpy(words).data }),
    engine: { backend, isa, build },
  };
}

/**
 * Compares two results of a fold.
 * @returns false if they differ and may, because different engines computed them
 * @throws LexelError naming the files that differ
 */
function areSame(one: Finished, other: Finished, allowDrift: boolean): boolean {
  const different = differingFiles(one.record, other.record);
  if (!different) return true;
  const engines = ({ record }: Finished) => JSON.stringify(record.engines);
  if (allowDrift && engines(one) !== engines(other)) return false;
  throw new LexelError(
    `fold ${one.record.id}: ${different[0]} and ${different[1]} differ, although they should have the same bits`,
    'one of them may be damaged, or its machine computes wrongly: train the fold again to see which',
  );
}

/** The first pair of files that differ. An outputs file and a record cannot be compared. */
function differingFiles(a: FoldRecord, b: FoldRecord): [string, string] | null {
  if (a.kept === 'record' && b.kept === 'record') {
    const [x, y] = [a, b].map(({ files }) => columnsOf(files.record));
    return x === y ? null : [a.files.record, b.files.record];
  }
  if (a.kept !== b.kept) return null;
  for (const kind of ['outputs', 'model'] as const) {
    const pair: [string, string] = [a.files[kind], b.files[kind]];
    if (pair.every(existsSync) && !readBytes(pair[0]).equals(readBytes(pair[1]))) return pair;
  }
  return null;
}

/** The numbers of a record. What else it holds depends on the time. */
function columnsOf(file: string): string {
  const { columns } = readRecordFile(file);
  return JSON.stringify(
    [...columns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, column]) => [name, column]),
  );
}

/** The files of a finished fold, in the order in which they are written: its log last, which says that it is finished. */
function filesOf({ files, kept }: FoldRecord): string[] {
  const names = kept === 'record' ? [files.record] : [files.outputs, files.model, files.record, files.log];
  return names.filter(existsSync);
}

/** @throws FormatError for a damaged file, or one of another fold */
function checkFiles(record: FoldRecord): void {
  for (const file of filesOf(record)) verified(file, record);
}

/** The bytes of a file, with its checksum verified. */
function verified(file: string, { id, files }: FoldRecord): Buffer {
  const bytes = readBytes(file);
  if (file === files.record) {
    const { about } = readRecordFile(file);
    if (about.fold !== id) throw new FormatError(file, `is of fold "${about.fold}"`);
  } else if (file !== files.log) {
    const { metadata } = parseSafetensors(file, bytes);
    if (file === files.outputs && metadata.fold !== undefined && metadata.fold !== id)
      throw new FormatError(file, `is of fold "${metadata.fold}"`);
  }
  return bytes;
}

/** @returns false if another process has finished the fold in `out` in the meantime */
function copyFold(record: FoldRecord, from: string, out: string): boolean {
  const { id, heldOut, files } = record;
  const plan: FoldPlan = { id, heldOut };
  const own = foldFiles(out, id);
  const release = takeLocks([{ file: own.lock, what: `fold ${id} of ${out}` }]);
  try {
    if (readFold(out, plan).finished) return false;
    for (const file of filesOf(record)) {
      const kind = (Object.keys(files) as (keyof typeof files)[]).find((name) => files[name] === file)!;
      writeFileAtomic(own[kind], [verified(file, record)]);
    }
    copyReadings(id, from, out);
    removeCheckpoint(checkpointPrefix(out, id));
    return true;
  } finally {
    release(own.lock);
  }
}

/** The fold as measured by other readings than the network's own. */
function copyReadings(id: string, from: string, out: string): void {
  const folder = join(from, 'readings');
  for (const reading of existsSync(folder) ? readdirSync(folder) : []) {
    const [source, target] = [from, out].map((dir) => readingRecordFile(dir, id, reading));
    if (!existsSync(source) || existsSync(target)) continue;
    readRecordFile(source);
    makeFolder(dirname(target));
    writeFileAtomic(target, [readBytes(source)]);
  }
}
