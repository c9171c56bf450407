/**
 * The run directory's text files: run.json (config and provenance) and folds/<id>.jsonl (one line per event).
 * Whoever trains writes them, whoever analyses reads them; both through these schemas.
 *
 *     runs/x/run.json, targets.npy, (words.npy,) folds/<id>.jsonl, folds/<id>.outputs.safetensors, folds/<id>.model.safetensors
 *
 * Of a finished fold one file may stand for all of these, its record (record-file.ts).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../formats/index.js';
import { readBytes } from '../formats/read.js';
import { augmentSchema, trainConfigSchema } from '../train/config.js';
import { beganOnSchema, type EngineId, engineIdSchema, FORMAT_VERSION } from '../train/index.js';
import { FormatError, LexelError } from '../util/errors.js';
import { isOfLaterVersion, LogLine, type LogLineOf } from './fold-log.js';
import { logOf, RECORD_ENDING, readRecordFile } from './record-file.js';
import { readTargets } from './targets-file.js';
import { refuseLaterVersion, upgradeLogLine, upgradeRunFile, versionOf } from './versions.js';

const index = z.int().nonnegative();

/** `loo`, `one-per-superclass`, `holdout:<m>`, or `single` (what `lexel train` makes). */
export const Protocol = z.string().regex(/^(loo|one-per-superclass|single|holdout:[1-9]\d*)$/);

/** How the network was trained. Unknown keys are kept: later versions add some. */
export const RunConfig = z.looseObject({
  /** As given: a data set's name or a folder. */
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
  /** Names the fold's files, so no path separators. */
  id: z.string().regex(/^(?!\.{1,2}$)[^/\\\0]+$/),
  /** Class indices; empty for a network trained on every class (`lexel train` without --holdout). */
  heldOut: z.array(index),
});
export type FoldPlan = z.infer<typeof FoldPlan>;

/** Whose images a run's pixels are normalised with; `data set` (all of them) in some runs of format version 1. */
export const Normalised = z.enum(['fold', 'data set']);
export type Normalised = z.infer<typeof Normalised>;

/** run.json: everything that is known before the first step. */
export const RunFile = z.looseObject({
  format: z.literal('lexel-run'),
  /** 1: of an earlier version, read under the names of this one (versions.ts). */
  version: z.literal([1, FORMAT_VERSION]),
  /** ISO 8601. */
  created: z.string(),
  /** Version of Lexel. */
  lexel: z.string(),
  node: z.string(),
  cpu: z.string(),
  ...beganOnSchema.shape,
  /** As typed. */
  command: z.string(),
  protocol: Protocol,
  seed: z.int().nonnegative(),
  recipe: z.string(),
  /** The control that the run is (`permuted`, ...); absent: the real experiment. */
  control: z.string().optional(),
  preset: z.string(),
  /** `fold`: of the images that each fold trains on. */
  normalisation: Normalised,
  config: RunConfig,
  dataset: z.looseObject({
    name: z.string(),
    hash: z.string(),
    /** Depends on the order of the images too; absent in some files of version 1. */
    orderedHash: z.string().optional(),
    size: z.int().positive(),
    classes: z.array(z.string()).min(2),
    superclasses: z.array(z.string()),
    superclassOf: z.array(index),
    /** There when `--superclasses` gave them: its file as typed, and whether the data set has others of its own. */
    superclassFile: z.looseObject({ path: z.string(), replaced: z.boolean() }).optional(),
    trainCount: index,
    testCount: index,
    /** There when `--skip-broken` was given: what could not be read, by its path in the data's folder. */
    skipped: z.array(z.object({ file: z.string(), reason: z.string() })).optional(),
  }),
  words: z.looseObject({
    /** File name, without its folder. */
    source: z.string(),
    checksum: z.string(),
    dimension: z.int().positive(),
    labels: z.array(
      z.object({ label: z.string(), words: z.array(z.string()), via: z.enum(['exact', 'alias', 'mean']) }),
    ),
    /** What was mended while their file was read; absent: nothing. */
    repaired: z.array(z.object({ what: z.string(), count: index, first: z.string() })).optional(),
    /** Groups of labels with one and the same target; absent: none. */
    equal: z.array(z.array(z.string())).optional(),
    /** Labels whose raw vector is zero; absent: none. */
    zero: z.array(z.string()).optional(),
  }),
  folds: z.array(FoldPlan).min(1),
  /** Names its vectors by their content (targets-file.ts); absent in files of earlier versions that were not kept. */
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
        /** Of the call: another one than the run's where `--allow-drift` let it in. A fold's log says what trained it. */
        engine: engineIdSchema.optional(),
        command: z.string(),
        folds: z.array(z.string()),
      }),
    )
    .optional(),
});
export type RunFile = z.infer<typeof RunFile>;

/** What the log of one fold says. */
export interface FoldRecord extends FoldPlan {
  readonly start: LogLineOf<'start'> | null;
  /** By epoch, 0 (untrained) first; of an epoch trained twice (killed, then resumed) the later line. */
  readonly epochs: readonly LogLineOf<'epoch'>[];
  readonly end: LogLineOf<'end'> | null;
  /** Why the fold could not go on, where it has not been tried again since. */
  readonly failed: LogLineOf<'failed'> | null;
  /** What trained it, one entry for each engine; empty in logs of earlier versions. */
  readonly engines: readonly EngineId[];
  /** Whenever the fold was resumed, after which epoch and by which engine. */
  readonly resumes: readonly LogLineOf<'resume'>[];
  /** An end line and an outputs file are there, or a record. */
  readonly finished: boolean;
  /** What a finished fold is read from; a record where the outputs are not there. */
  readonly kept: 'outputs' | 'record' | null;
  /** Numbers of the log's half-written lines, left by killed processes and passed over. */
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
  /** There while a process trains the fold. */
  readonly lock: string;
}

export interface Run {
  readonly dir: string;
  readonly run: RunFile;
  /** float32 [classes, dimension]: each label's raw vector, as trained towards: a control may have made it up. */
  readonly targets: Float32Array;
  readonly folds: readonly FoldRecord[];
}

/** Where a fold's files lie. */
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
 * Where the record of a fold lies that was measured by another reading than the network's own.
 * @param reading its name
 */
export function readingRecordFile(dir: string, id: string, reading: string): string {
  return join(dir, 'readings', reading, `${id}${RECORD_ENDING}`);
}

/**
 * Writes run.json, atomically.
 * @param indent of the JSON; 0 on one line
 */
export function writeRunFile(dir: string, run: RunFile, indent = 2): void {
  writeFileAtomic(join(dir, 'run.json'), [`${JSON.stringify(RunFile.parse(run), null, indent)}\n`]);
}

/**
 * Reads run.json alone.
 * @throws LexelError when `dir` is no run directory; FormatError when the file does not fit its schema or itself.
 */
export function readRunFile(dir: string): RunFile {
  const file = join(dir, 'run.json');
  if (!existsSync(file)) {
    throw new LexelError(
      `${dir} is not a run directory: it has no run.json`,
      'Name a directory that `lexel train` or `lexel loo` wrote (--out).',
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
    throw new FormatError(file, `dataset.superclassOf names superclass ${stray}, there is none`);
  const ids = new Set<string>();
  for (const { id, heldOut } of run.folds) {
    if (ids.has(id)) throw new FormatError(file, `two folds are called "${id}"`);
    ids.add(id);
    if (new Set(heldOut).size !== heldOut.length)
      throw new FormatError(file, `fold "${id}" holds a class out twice`);
    const beyond = heldOut.find((c) => c >= count);
    if (beyond !== undefined)
      throw new FormatError(file, `fold "${id}" holds out class ${beyond} of ${count}`);
  }
}

/**
 * Reads one fold's log, or that of its record where the fold's outputs are not there. Lines that killed processes left half-written
 * are passed over where nothing, a fresh start or resume, or a failure follows them; so are events of types that later versions add.
 * @throws FormatError naming the line that fits no schema, or the record that is damaged or another fold's.
 */
export function readFold(dir: string, plan: FoldPlan): FoldRecord {
  const files = foldFiles(dir, plan.id);
  const own = replay(files.log, plan, readEvents(files.log), files);
  if (own.end && existsSync(files.outputs)) return { ...own, finished: true, kept: 'outputs' };
  if (!existsSync(files.record)) return own;
  const record = readRecordFile(files.record);
  if (record.about.heldOut.join() !== plan.heldOut.join())
    throw new FormatError(files.record, `holds out other classes than fold "${plan.id}" of run.json`);
  const events = logOf(files.record, record);
  return {
    ...replay(files.record, plan, { events, halfLines: [] }, files),
    finished: true,
    kept: 'record',
  };
}

/** What a log says, an event after the other. */
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
  let resumes: LogLineOf<'resume'>[] = [];
  let engines: EngineId[] = [];
  for (const event of events) {
    failed = event.type === 'failed' ? event : null;
    if (event.fold !== plan.id) throw new FormatError(file, `holds a line of fold "${event.fold}"`);
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
    resumes,
    engines: differentEngines(engines),
    finished: false,
    kept: null,
    halfLines,
    files,
  };
}

/** Events that may follow a half-written line: another process took the fold over, or it failed. */
const AFTER_HALF_LINE: ReadonlySet<string> = new Set(['start', 'resume', 'failed']);

/** Those of some engines that differ in the bits they give. */
export function differentEngines(engines: readonly EngineId[]): EngineId[] {
  const same = (a: EngineId, b: EngineId) =>
    a.backend === b.backend && a.isa === b.isa && a.build === b.build;
  return engines.filter((engine, i) => !engines.slice(0, i).some((earlier) => same(earlier, engine)));
}

/** Says which half-written lines of a fold's log were passed over; to stand in a message. */
export function halfLinesText({ halfLines, files }: FoldRecord): string {
  const which = halfLines.length === 1 ? `line ${halfLines[0]} is` : `lines ${halfLines.join(', ')} are`;
  return `${files.log}: ${which} half-written, left by a process that was killed, and passed over`;
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
 * Reads a run directory's text files and targets; finished and unfinished folds alike.
 * @throws LexelError when `dir` is no run directory; FormatError naming the file that is damaged.
 */
export function readRun(dir: string): Run {
  const run = readRunFile(dir);
  const targets = readTargets(dir, run);
  return { dir, run, targets, folds: run.folds.map((plan) => readFold(dir, plan)) };
}
