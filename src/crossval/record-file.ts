/**
 * folds/<id>.record.safetensors.br: the data of a finished fold that the statistics need. It takes some
 * kilobytes, while the outputs take megabytes. It contains the fold's log and columns of numbers, which
 * statistics/fold-columns.ts defines.
 *
 * The file is safetensors, compressed with Brotli (gzip needs 10 % more, because it uses the same code for all
 * columns). Besides the checksum that all safetensors files of Lexel have, it contains the CRC-32 of its
 * tensors, which earlier versions require. Each column has the narrowest type that represents its numbers
 * exactly; the tensor "about" is JSON in UTF-8.
 */
import { brotliCompressSync, brotliDecompressSync, crc32 } from 'node:zlib';
import { writeFileAtomic } from '../formats/atomic.js';
import { bytesOf } from '../formats/bytes.js';
import { fromHalf, toHalf } from '../formats/half.js';
import type { Tensor } from '../formats/index.js';
import { readBytes } from '../formats/read.js';
import { parseSafetensors, safetensorsChunks } from '../formats/safetensors.js';
import { FORMAT_VERSION } from '../train/schema.js';
import { FormatError } from '../util/errors.js';
import type { DeepReadonly } from '../util/read-only.js';
import { significant } from '../util/rounding.js';
import * as z from '../util/zod.js';
import { LogLine, type LogLineOf } from './fold-log.js';
import { refuseLaterVersion, versionOf } from './versions.js';

const index = z.int().nonnegative();

/** The part of a record that is not in columns. */
export const recordSchema = z.looseObject({
  format: z.literal('lexel-record'),
  version: z.literal(FORMAT_VERSION),
  fold: z.string(),
  seed: index,
  recipe: z.string(),
  control: z.string().optional(),
  /** The reading used for ranks and cosines, and a caution about it; absent for the network's own reading. */
  reading: z.object({ name: z.string(), note: z.string().nullable() }).optional(),
  /** `dataset` is the hash of the images, `words` the checksum of the word vectors. */
  dataset: z.string(),
  words: z.string(),
  /** Class indices. */
  heldOut: z.array(index),
  seen: z.array(index),
  /** Data about all test images of seen classes; null if their outputs were not stored. */
  seenSteps: z
    .object({
      /** Number of seen classes that have test images. */
      classes: index,
      /** Divisor of the counts in the column `seen.steps`. */
      images: z.int().positive(),
      /** Index of that column's first step. */
      first: z.int(),
      /**
       * Images with equal best scores for seen and unseen labels: their count, and the share of seen labels in
       * these ties.
       */
      zero: z.object({ count: z.number(), seenShare: z.number() }),
    })
    .nullable(),
  /** Centred cosines of the seen classes' mean outputs: their sum and their number. */
  seenCosine: z.object({ sum: z.number(), count: index }),
  /** The relevant lines of the fold's log, with epoch lines without their classes; see {@link condensedLog}. */
  log: z.array(LogLine),
});
export type RecordAbout = DeepReadonly<z.infer<typeof recordSchema>>;

/** The file name after the fold's id. */
export const RECORD_ENDING = '.record.safetensors.br';

export interface Column {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** Losses of the held-out classes, [epoch lines, classes]. */
const EPOCHS = 'epochs.loss';
const ABOUT = 'about';
/** Limit of the uncompressed size in bytes. Records have kilobytes; a larger file is damaged or an attack. */
const MOST = 2 ** 26;

/** Writes the file atomically. */
export function writeRecordFile(
  file: string,
  about: RecordAbout,
  columns: ReadonlyMap<string, Column>,
): void {
  const tensors = new Map([...columns].map(([name, { shape, values }]) => [name, narrowest(values, shape)]));
  const text = Buffer.from(JSON.stringify(recordSchema.parse(about)));
  tensors.set(ABOUT, { dtype: 'U8', shape: [text.length], data: new Uint8Array(text) });
  const chunks = safetensorsChunks(file, tensors, { crc32: checksumOf(tensors) });
  writeFileAtomic(file, [brotliCompressSync(Buffer.concat(chunks))]);
}

/** @throws FormatError if the file is damaged, of a later version, or not a record */
export function readRecordFile(file: string): { about: RecordAbout; columns: Map<string, Column> } {
  let bytes: Buffer;
  try {
    bytes = brotliDecompressSync(readBytes(file), { maxOutputLength: MOST });
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(file, `is damaged: ${(error as Error).message}`, 'Copy it again.');
  }
  const { tensors, metadata, checksum } = parseSafetensors(file, bytes);
  // Records of earlier versions have only this checksum, which does not cover names and shapes.
  if (checksum === null && metadata.crc32 !== checksumOf(tensors))
    throw new FormatError(file, 'is damaged: its checksum does not match its content', 'Copy it again.');
  const text = tensors.get(ABOUT);
  if (text?.dtype !== 'U8') throw new FormatError(file, `lacks the tensor "${ABOUT}"`);
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text.data).toString('utf8'));
  } catch (error) {
    throw new FormatError(file, `"${ABOUT}" is not JSON: ${(error as Error).message}`);
  }
  refuseLaterVersion(file, versionOf(json));
  const about = recordSchema.safeParse(json);
  if (!about.success) throw new FormatError(file, z.prettifyError(about.error).replaceAll('\n', ' '));
  tensors.delete(ABOUT);
  const columns = new Map(
    [...tensors].map(([name, tensor]) => [name, { shape: tensor.shape, values: valuesOf(tensor) }]),
  );
  return { about: about.data, columns };
}

/** CRC-32, in hexadecimal, of the tensors' bytes, concatenated in order of names. */
function checksumOf(tensors: ReadonlyMap<string, Tensor>): string {
  const names = [...tensors.keys()].sort();
  const bytes = Buffer.concat(names.map((name) => bytesOf(tensors.get(name)!.data)));
  return (crc32(bytes) >>> 0).toString(16).padStart(8, '0');
}

/** A tensor of the narrowest type that represents all values exactly. */
function narrowest(values: Float64Array, shape: readonly number[]): Tensor {
  const tensors: Tensor[] = [
    { dtype: 'U8', shape, data: Uint8Array.from(values) },
    { dtype: 'I8', shape, data: Int8Array.from(values) },
    { dtype: 'U16', shape, data: Uint16Array.from(values) },
    { dtype: 'I16', shape, data: Int16Array.from(values) },
    { dtype: 'I32', shape, data: Int32Array.from(values) },
    { dtype: 'F16', shape, data: toHalf(values) },
    { dtype: 'F32', shape, data: Float32Array.from(values) },
  ];
  const exact = tensors.find((tensor) => valuesOf(tensor).every((x, i) => Object.is(x + 0, values[i] + 0)));
  return exact ?? { dtype: 'F64', shape, data: values };
}

const valuesOf = ({ dtype, data }: Tensor) => Float64Array.from(dtype === 'F16' ? fromHalf(data) : data);

/** Significant digits of values that no statistic is computed from. */
const DIGITS = 4;

/** A loss of a curve rounded to 16 bits, as in records. Figures round losses from logs in the same way. */
export const keptLoss = (loss: number): number => significant(loss, 16);

/** The relevant lines of a finished fold's log. */
interface FinishedLog {
  readonly heldOut: readonly number[];
  readonly start: LogLineOf<'start'> | null;
  readonly resumes: readonly LogLineOf<'resume'>[];
  readonly epochs: readonly LogLineOf<'epoch'>[];
  readonly end: LogLineOf<'end'> | null;
}

/**
 * Condenses a fold's log for its record. The classes' losses, which the curves need, become a column. Of the other
 * measures per epoch, only the averages are stored, rounded to four digits.
 */
export function condensedLog({ heldOut, start, resumes, epochs, end }: FinishedLog): {
  log: LogLine[];
  columns: Map<string, Column>;
} {
  const short = (value: number) => Number(value.toPrecision(DIGITS));
  const lines = epochs.map((line): LogLine => {
    const shortened = <T extends object>(measures: T) =>
      Object.fromEntries(Object.entries(measures).map(([name, value]) => [name, value && short(value)])) as T;
    return {
      ...line,
      trainLoss: line.trainLoss && short(line.trainLoss),
      learningRate: short(line.learningRate),
      seconds: short(line.seconds),
      heldOut: shortened(line.heldOut),
      ...(line.validation && { validation: shortened(line.validation) }),
      classes: [],
    };
  });
  const losses = epochs.flatMap(({ classes }) =>
    heldOut.map((c) => keptLoss(classes.find((own) => own.class === c)?.loss ?? Number.NaN)),
  );
  return {
    log: [...(start ? [start] : []), ...resumes, ...lines, ...(end ? [end] : [])],
    columns: new Map([
      [EPOCHS, { shape: [epochs.length, heldOut.length], values: Float64Array.from(losses) }],
    ]),
  };
}

/**
 * Restores the lines of the log, in order of time. If there are several held-out classes, their only measure is the
 * loss.
 */
export function logOf(file: string, { about, columns }: ReturnType<typeof readRecordFile>): LogLine[] {
  const { heldOut, log } = about;
  const count = log.filter(({ type }) => type === 'epoch').length;
  const losses = columns.get(EPOCHS);
  if (losses?.shape.join() !== [count, heldOut.length].join())
    throw new FormatError(file, `the column "${EPOCHS}" does not fit ${count} epochs`);
  let at = 0;
  return log.map((line) => {
    if (line.type !== 'epoch') return line;
    const classes = heldOut.map((c) => {
      const loss = losses.values[at++];
      const none = { skill: null, centredCosine: null, rank: null, hit1: null, hit5: null, hit10: null };
      const others = heldOut.length === 1 ? line.heldOut : none;
      return { ...others, class: c, loss: Number.isNaN(loss) ? null : loss };
    });
    return { ...line, classes };
  });
}
