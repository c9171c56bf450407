/**
 * Adds a run to a folder of kept runs: run.json, a record per finished fold, and the word vectors, which the
 * runs share. A kept run is a run directory too: it can be reported, compared, and resumed on another
 * machine. Records that exist are not changed, so a run can be kept again whenever more folds have finished.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkSame, withFolds } from '../crossval/join.js';
import {
  foldFiles,
  type Run,
  RunFile,
  readingRecordFile,
  readRun,
  readRunFile,
  writeRunFile,
} from '../crossval/run-file.js';
import { readTargets, targetsId } from '../crossval/targets-file.js';
import { writeFileAtomic, writeNpy } from '../formats/index.js';
import { readBytes } from '../formats/read.js';
import { readingName } from '../readings/index.js';
import { engineIdSchema } from '../train/schema.js';
import { LexelError } from '../util/errors.js';
import { keepRecord } from './keep-record.js';
import { loadFold, ownReadingOf } from './load.js';

export interface KeepOptions {
  /** Name of the kept run; may be a path, such as `poster/seed-0`. */
  readonly name: string;
  /** Allows keeping the finished folds of an unfinished run; otherwise that is an error. */
  readonly partial?: boolean;
  /** Further readings, as for `--reading`, of which records are kept beside that of the network's own. */
  readonly readings?: readonly string[];
  /** Allows adding folds that were trained with another engine. */
  readonly allowDrift?: boolean;
}

export interface Kept {
  readonly dir: string;
  /** Fold ids: kept by this call, kept earlier, and not finished yet. */
  readonly added: readonly string[];
  readonly before: readonly string[];
  readonly unfinished: readonly string[];
  /** Folds that cannot be stored in a record, with the reason. */
  readonly unusable: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * @param into the folder of kept runs
 * @throws LexelError for an unfinished run without `partial`; UsageError for an unknown reading, if another
 * experiment has the same name or, without `allowDrift`, if the kept run has another engine; FormatError if a
 * file is damaged or the network does not support a reading
 */
export function keepRun(from: string, into: string, options: KeepOptions): Kept {
  const run = readRun(from);
  const unfinished = run.folds.filter((fold) => !fold.finished).map(({ id }) => id);
  if (unfinished.length > 0 && !options.partial)
    throw new LexelError(
      `${from} is not finished: ${unfinished.join(', ')}`,
      'use --partial to keep the folds that have finished',
    );
  const dir = join(into, options.name);
  if (unfinished.length === run.folds.length) return { dir, added: [], before: [], unfinished, unusable: [] };
  const file = keptRunFile(run, dir, options);
  const readings = otherReadings(run, options.readings ?? []);
  const added: string[] = [];
  const before: string[] = [];
  const unusable: { id: string; reason: string }[] = [];
  for (const fold of run.folds) {
    if (!fold.finished) continue;
    const { record } = foldFiles(dir, fold.id);
    const files = [undefined, ...readings].map((reading) => ({
      reading,
      from: reading === undefined ? fold.files.record : readingRecordFile(from, fold.id, reading),
      to: reading === undefined ? record : readingRecordFile(dir, fold.id, reading),
    }));
    const lacking = files.filter(({ to }) => !existsSync(to));
    if (lacking.length === 0) before.push(fold.id);
    for (const { reading, from: source, to } of lacking) {
      if (fold.kept === 'record') {
        writeFileAtomic(to, [readBytes(source)]);
        continue;
      }
      const data = loadFold(run, fold, reading);
      if (typeof data !== 'string') keepRecord(to, run.run, data);
      else if (reading === undefined) unusable.push({ id: fold.id, reason: data });
    }
    if (lacking.length > 0 && existsSync(record)) added.push(fold.id);
  }
  const vectors = join(into, 'targets', `${file.targets}.npy`);
  if (!existsSync(vectors))
    writeNpy(vectors, [file.dataset.classes.length, file.words.dimension], run.targets);
  writeIfOther(dir, file);
  return { dir, added, before, unfinished, unusable };
}

/** The canonical names of the readings other than the network's own, without duplicates. */
function otherReadings(run: Run, texts: readonly string[]): string[] {
  const own = ownReadingOf(run);
  return [...new Set(texts.map((text) => readingName(text, own)))].filter((name) => name !== own);
}

/** The run.json of the kept run: the run's own, or several runs of one experiment merged. */
function keptRunFile({ run, targets }: Run, dir: string, { name, allowDrift = false }: KeepOptions): RunFile {
  const own: RunFile = { ...withoutPlaces(run, name), targets: targetsId(targets) };
  if (!existsSync(join(dir, 'run.json'))) return own;
  const there = readRunFile(dir);
  const lacking = ({ folds }: RunFile, other: RunFile) =>
    other.folds.filter(({ id }) => !folds.some((fold) => fold.id === id));
  const added = lacking(there, own);
  const same = there.created === own.created;
  // The same run, which has continued since.
  if (same && lacking(own, there).length === 0) return added.length > 0 ? own : there;
  const engine = engineIdSchema.safeParse(run);
  if (!engine.success) {
    throw new LexelError(
      `${dir} cannot be joined: lexel ${run.lexel} did not record the build of its kernels`,
      'keep the run under another name',
    );
  }
  if (!same)
    checkSame(
      dir,
      there,
      { run, vectors: targets, engine: engine.data },
      readTargets(dir, there),
      allowDrift,
    );
  const known = same || there.joined?.some(({ created }) => created === own.created);
  return added.length === 0 && known ? there : withFolds(there, own, added, engine.data);
}

/** Replaces paths of this machine in the recorded commands by the name of the kept run. */
function withoutPlaces(run: RunFile, name: string): RunFile {
  const plain = (command: string) =>
    command.replace(/ --data-dir \S+/, '').replace(/--out \/\S*/, `--out runs/${name}`);
  const joined = run.joined?.map((call) => ({ ...call, command: plain(call.command) }));
  return { ...run, command: plain(run.command), ...(joined && { joined }) };
}

function writeIfOther(dir: string, file: RunFile): void {
  const there = existsSync(join(dir, 'run.json')) ? readRunFile(dir) : null;
  if (JSON.stringify(there) !== JSON.stringify(RunFile.parse(file))) writeRunFile(dir, file, 0);
}
