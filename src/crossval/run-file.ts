/**
 * The run directory's text files: run.json (configuration and provenance) and folds/<id>.jsonl (one line per
 * event). Training writes them and analyses read them, with the same schemas.
 *
 *     runs/x/run.json, targets.npy, (words.npy,) folds/<id>.jsonl, folds/<id>.outputs.safetensors, folds/<id>.model.safetensors
 *
 * For a finished fold, its record (record-file.ts) can replace the other fold files.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../formats/atomic.js';
import { readBytes } from '../formats/read.js';
import { augmentSchema, trainConfigSchema } from '../train/config.js';
import type { EngineId } from '../train/index.js';
import { beganOnSchema, engineIdSchema, FORMAT_VERSION } from '../train/schema.js';
import { FormatError, LexelError } from '../util/errors.js';
import * as z from '../util/zod.js';
import { isOfLaterVersion, LogLine, type LogLineOf } from './fold-log.js';
import { logOf, RECORD_ENDING, readRecordFile } from './record-file.js';
import { readTargets } from './targets-file.js';
import { refuseLaterVersion, upgradeLogLine, upgradeRunFile, versionOf } from './versions.js';

const index = z.int().nonnegative();

/** `loo`, `one-per-superclass`, `holdout:<m>`, or `single` (used by `lexel train`). */
export const Protocol = z.string().regex(/^(loo|one-per-superclass|single|holdout:[1-9]\d*)$/);

/** How the network was trained. Unknown keys are preserved, because later versions may add keys. */
export const RunConfig = z.looseObject({
  /** The data set's name or folder, as typed. */
  data: z.string(),
  words: z.string(),
  wordsDimension: z.int().positive(),
  /** Height and width of the images, in pixels. */
  size: z.int().positive(),
  net: z.string(),
  width: z.number().positive(),
  depth: z.number().positive(),
  ...trainConfigSchema.shape,
  augment: augmentSchema.loose(),
});
export type RunConfig = z.infer<typeof RunConfig>;

const FoldPlan = z.looseObject({
  /** Used in file names, so it contains no path separators. */
  id: z.string().regex(/^(?!\.{1,2}$)[^/\\\0]+$/),
  /** Class indices; empty for a network trained on all classes (`lexel train` without --holdout). */
  heldOut: z.array(index),
});
export type FoldPlan = z.infer<typeof FoldPlan>;

/** The images that the normalisation is computed from; `data set` (all images) in some runs of format version 1. */
export const Normalised = z.enum(['fold', 'data set']);
export type Normalised = z.infer<typeof Normalised>;

/** run.json: everything that is fixed before the first training step. */
export const RunFile = z.looseObject({
  format: z.literal('lexel-run'),
  /** Version 1 is from an earlier Lexel; its keys are renamed when it is read (versions.ts). */
  version: z.literal([1, FORMAT_VERSION]),
  /** ISO 8601. */
  created: z.string(),
  /** Version of Lexel. */
  lexel: z.string(),
  node: z.string(),
  cpu: z.string(),
  ...beganOnSchema.shape,
  /** The command line as typed. */
  command: z.string(),
  protocol: Protocol,
  seed: z.int().nonnegative(),
  recipe: z.string(),
  /** The run's control (`permuted`, ...); absent for the real experiment. */
  control: z.string().optional(),
  preset: z.string(),
  /** `fold`: each fold is normalised by its own training images. */
  normalisation: Normalised,
  config: RunConfig,
  dataset: z.looseObject({
    name: z.string(),
    hash: z.string(),
    /** Unlike `hash`, depends on the order of the images; absent in some files of version 1. */
    orderedHash: z.string().optional(),
    size: z.int().positive(),
    classes: z.array(z.string()).min(2),
    superclasses: z.array(z.string()),
    superclassOf: z.array(index),
    /**
     * Present if `--superclasses` was given: the path as typed, and whether it replaced superclasses of the
     * data set.
     */
    superclassFile: z.looseObject({ path: z.string(), replaced: z.boolean() }).optional(),
    trainCount: index,
    testCount: index,
    /** Present if `--skip-broken` was given: the unreadable files, as paths relative to the data folder. */
    skipped: z.array(z.object({ file: z.string(), reason: z.string() })).optional(),
  }),
  words: z.looseObject({
    /** File name, without its folder. */
    source: z.string(),
    checksum: z.string(),
    dimension: z.int().positive(),
    /** Number of words in the file; absent in runs of earlier versions. */
    count: z.int().positive().optional(),
    labels: z.array(
      z.object({ label: z.string(), words: z.array(z.string()), via: z.enum(['exact', 'alias', 'mean']) }),
    ),
    /** Repairs made while the file was read; absent if there were none. */
    repaired: z.array(z.object({ what: z.string(), count: index, first: z.string() })).optional(),
    /** Groups of labels with the same target; absent if there are none. */
    equal: z.array(z.array(z.string())).optional(),
    /** Labels whose raw vector is zero; absent if there are none. */
    zero: z.array(z.string()).optional(),
  }),
  folds: z.array(FoldPlan).min(1),
  /** Hash of the target vectors (targets-file.ts); absent in files of earlier versions. */
  targets: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  /** Later calls that added folds (shards), oldest first. */
  joined: z
    .array(
      z.looseObject({
        created: z.string(),
        lexel: z.string(),
        node: z.string(),
        cpu: z.string(),
        /**
         * Engine of the call; differs from the run's if `--allow-drift` was given. The engines that trained a
         * fold are in its log.
         */
        engine: engineIdSchema.optional(),
        command: z.string(),
        folds: z.array(z.string()),
      }),
    )
    .optional(),
});
export type RunFile = z.infer<typeof RunFile>;

/** The content of one fold's log. */
export interface FoldRecord extends FoldPlan {
  readonly start: LogLineOf<'start'> | null;
  /**
   * In order of epochs, from 0 (untrained). If an epoch was trained twice (killed, then resumed), the later
   * line.
   */
  readonly epochs: readonly LogLineOf<'epoch'>[];
  readonly end: LogLineOf<'end'> | null;
  /** The fold's failure, if it has not been retried since. */
  readonly failed: LogLineOf<'failed'> | null;
  /** How often it has failed, in all calls. */
  readonly failures: number;
  /** The distinct engines that trained the fold; empty in logs of earlier versions. */
  readonly engines: readonly EngineId[];
  /** One line per resume, with the epoch and the engine. */
  readonly resumes: readonly LogLineOf<'resume'>[];
  /** True if there are an end line and an outputs file, or a record. */
  readonly finished: boolean;
  /** The source of a finished fold's results; a record if the outputs file is missing. */
  readonly kept: 'outputs' | 'record' | null;
  /** Line numbers of half-written log lines, which killed processes left; they are skipped. */
  readonly halfLines: readonly number[];
  readonly files: FoldFiles;
}

export interface FoldFiles {
  readonly log: string;
  readonly outputs: string;
  readonly record: string;
  readonly model: string;
  readonly checkpoint: string;
  readonly checkpointState: string;
  /** Exists while a process trains the fold. */
  readonly lock: string;
}

export interface Run {
  readonly dir: string;
  readonly run: RunFile;
  /** float32 [classes, dimension]: the raw target vector of each label; a control may have replaced them. */
  readonly targets: Float32Array;
  readonly folds: readonly FoldRecord[];
}

/** Paths of a fold's files. */
export function foldFiles(dir: string, id: string): FoldFiles {
  const stem = join(dir, 'folds', id);
  return {
    log: `${stem}.jsonl`,
    outputs: `${stem}.outputs.safetensors`,
    record: `${stem}${RECORD_ENDING}`,
    model: `${stem}.model.safetensors`,
    checkpoint: `${stem}.checkpoint.safetensors`,
    checkpointState: `${stem}.checkpoint.json`,
    lock: `${stem}.lock`,
  };
}

/**
 * Path of a fold's record that was computed with a reading other than the network's own.
 * @param reading name of the reading
 */
export function readingRecordFile(dir: string, id: string, reading: string): string {
  return join(dir, 'readings', reading, `${id}${RECORD_ENDING}`);
}

/**
 * Writes run.json atomically.
 * @param indent indentation of the JSON; 0 writes a single line
 */
export function writeRunFile(dir: string, run: RunFile, indent = 2): void {
  writeFileAtomic(join(dir, 'run.json'), [`${JSON.stringify(RunFile.parse(run), null, indent)}\n`]);
}

/**
 * Reads only run.json.
 * @throws LexelError if `dir` is not a run directory; FormatError if the file violates its schema or
 *   contradicts itself
 */
export function readRunFile(dir: string): RunFile {
  const file = join(dir, 'run.json');
  if (!existsSync(file)) {
    throw new LexelError(
      `${dir} is not a run directory: it has no run.json`,
      'Name a directory that `lexel train` or `lexel loo` wrote (--out).',
      { code: 'LEXEL_NOT_FOUND' },
    );
  }
  const text = readBytes(file).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new FormatError(file, `is not JSON: ${(error as Error).message}`);
  }
  refuseLaterVersion(file, versionOf(json));
  const parsed = RunFile.safeParse(upgradeRunFile(json));
  if (!parsed.success) throw new FormatError(file, z.prettifyError(parsed.error).replaceAll('\n', ' '));
  checkConsistency(file, parsed.data);
  return parsed.data;
}

function checkConsistency(file: string, run: RunFile): void {
  const count = run.dataset.classes.length;
  if (run.words.labels.length !== count) {
    throw new FormatError(file, `${count} classes but ${run.words.labels.length} words.labels`);
  }
  const { superclasses, superclassOf } = run.dataset;
  if (superclassOf.length !== 0 && superclassOf.length !== count) {
    throw new FormatError(
      file,
      `${count} classes but ${superclassOf.length} entries in dataset.superclassOf`,
    );
  }
  const stray = superclassOf.find((s) => s >= superclasses.length);
  if (stray !== undefined)
    throw new FormatError(
      file,
      `dataset.superclassOf contains ${stray}, but there are ${superclasses.length} superclasses`,
    );
  const ids = new Set<string>();
  for (const { id, heldOut } of run.folds) {
    if (ids.has(id)) throw new FormatError(file, `two folds have the id "${id}"`);
    ids.add(id);
    if (new Set(heldOut).size !== heldOut.length)
      throw new FormatError(file, `fold "${id}" lists a held-out class twice`);
    const beyond = heldOut.find((c) => c >= count);
    if (beyond !== undefined)
      throw new FormatError(file, `fold "${id}" holds out class ${beyond}, but there are ${count} classes`);
  }
}

/**
 * Reads one fold's log, or the log in its record if the outputs are missing. Half-written lines of killed
 * processes are skipped if they are last or a start, resume or failure follows them. Events of unknown types,
 * which later versions may add, are skipped too.
 * @throws FormatError naming the line that violates its schema, or the record that is damaged or of another
 *   fold
 */
export function readFold(dir: string, plan: FoldPlan): FoldRecord {
  const files = foldFiles(dir, plan.id);
  const own = replay(files.log, plan, readEvents(files.log), files);
  if (own.end && existsSync(files.outputs)) return { ...own, finished: true, kept: 'outputs' };
  if (!existsSync(files.record)) return own;
  const record = readRecordFile(files.record);
  if (record.about.heldOut.join() !== plan.heldOut.join())
    throw new FormatError(files.record, `has other held-out classes than fold "${plan.id}" in run.json`);
  const events = logOf(files.record, record);
  return {
    ...replay(files.record, plan, { events, halfLines: [] }, files),
    finished: true,
    kept: 'record',
  };
}

/** Builds a fold's record from its events, in order. */
function replay(
  file: string,
  plan: FoldPlan,
  { events, halfLines }: { readonly events: readonly LogLine[]; readonly halfLines: readonly number[] },
  files: FoldFiles,
): FoldRecord {
  const epochs = new Map<number, LogLineOf<'epoch'>>();
  let start: LogLineOf<'start'> | null = null;
  let end: LogLineOf<'end'> | null = null;
  let failed: LogLineOf<'failed'> | null = null;
  let failures = 0;
  let resumes: LogLineOf<'resume'>[] = [];
  let engines: EngineId[] = [];
  for (const event of events) {
    failed = event.type === 'failed' ? event : null;
    if (event.fold !== plan.id) throw new FormatError(file, `contains a line of fold "${event.fold}"`);
    switch (event.type) {
      case 'start':
        start = event;
        end = null;
        resumes = [];
        engines = [];
        epochs.clear();
        break;
      case 'epoch':
        epochs.set(event.epoch, event);
        break;
      case 'resume':
        resumes.push(event);
        for (const epoch of epochs.keys()) if (epoch > event.epoch) epochs.delete(epoch);
        break;
      case 'end':
        end = event;
        break;
      case 'failed':
        failures++;
        break;
      case 'warning':
        break;
      default:
        event satisfies never;
    }
    if ('engine' in event && event.engine) engines.push(event.engine);
  }
  return {
    ...plan,
    start,
    epochs: [...epochs.values()].sort((a, b) => a.epoch - b.epoch),
    end,
    failed,
    failures,
    resumes,
    engines: differentEngines(engines),
    finished: false,
    kept: null,
    halfLines,
    files,
  };
}

/** Events that may follow a half-written line: another process continued the fold, or the fold failed. */
const AFTER_HALF_LINE: ReadonlySet<string> = new Set(['start', 'resume', 'failed']);

/** Removes duplicate engines, which give the same bits. */
export function differentEngines(engines: readonly EngineId[]): EngineId[] {
  const same = (a: EngineId, b: EngineId) =>
    a.backend === b.backend && a.isa === b.isa && a.build === b.build;
  return engines.filter((engine, i) => !engines.slice(0, i).some((earlier) => same(earlier, engine)));
}

/** Message text that names the half-written lines skipped in a fold's log. */
export function halfLinesText({ halfLines, files }: FoldRecord): string {
  const which = halfLines.length === 1 ? `line ${halfLines[0]} is` : `lines ${halfLines.join(', ')} are`;
  return `${files.log}: ${which} half-written by a process that was killed, and skipped`;
}

function readEvents(file: string): { events: LogLine[]; halfLines: number[] } {
  const events: LogLine[] = [];
  const halfLines: number[] = [];
  if (!existsSync(file)) return { events, halfLines };
  const lines = readBytes(file).toString('utf8').split('\n');
  let broken: number | null = null;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      broken ??= i + 1;
      halfLines.push(i + 1);
      continue;
    }
    if (isOfLaterVersion(json)) continue;
    refuseLaterVersion(file, versionOf(json));
    const event = LogLine.safeParse(upgradeLogLine(json));
    if (!event.success) {
      throw new FormatError(file, `line ${i + 1}: ${z.prettifyError(event.error).replaceAll('\n', ' ')}`);
    }
    if (broken !== null && !AFTER_HALF_LINE.has(event.data.type)) {
      throw new FormatError(file, `line ${broken} is not JSON`);
    }
    broken = null;
    events.push(event.data);
  }
  return { events, halfLines };
}

/**
 * Reads a run directory's text files and targets, for finished and unfinished folds.
 * @throws LexelError if `dir` is not a run directory; FormatError naming the damaged file
 */
export function readRun(dir: string): Run {
  const run = readRunFile(dir);
  const targets = readTargets(dir, run);
  return { dir, run, targets, folds: run.folds.map((plan) => readFold(dir, plan)) };
}
