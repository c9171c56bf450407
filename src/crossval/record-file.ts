/**
 * folds/<id>.record.safetensors.br: what the statistics need of a finished fold, in some kilobytes, where its outputs take
 * megabytes. It holds the fold's log and columns of numbers; what the columns mean is in statistics/fold-columns.ts.
 *
 * It is a safetensors file, compressed by Brotli (gzip takes a tenth more: it codes all columns by what their bytes are together).
 * Beside the checksum of all such files it has the CRC-32 of its tensors, which earlier versions of Lexel want. Columns are of the
 * narrowest type that holds their numbers exactly; the tensor "about" is JSON in UTF-8.
 */
import { brotliCompressSync, brotliDecompressSync, crc32 } from 'node:zlib';
import { z } from 'zod';
import {
  bytesOf,
  fromHalf,
  parseSafetensors,
  safetensorsChunks,
  type Tensor,
  toHalf,
  writeFileAtomic,
} from '../formats/index.js';
import { readBytes } from '../formats/read.js';
import { FORMAT_VERSION } from '../train/index.js';
import { FormatError } from '../util/errors.js';
import type { DeepReadonly } from '../util/read-only.js';
import { significant } from '../util/rounding.js';
import { LogLine, type LogLineOf } from './fold-log.js';
import { refuseLaterVersion, versionOf } from './versions.js';

const index = z.int().nonnegative();

/** What a record says beside its columns. */
export const recordSchema = z.looseObject({
  format: z.literal('lexel-record'),
  version: z.literal(FORMAT_VERSION),
  fold: z.string(),
  seed: index,
  recipe: z.string(),
  control: z.string().optional(),
  /** The reading that ranks and cosines were measured by, and a note on how it was made; absent: the network's own. */
  reading: z.object({ name: z.string(), note: z.string().nullable() }).optional(),
  /** Hash of the data set's images, checksum of the words. */
  dataset: z.string(),
  words: z.string(),
  /** Class indices. */
  heldOut: z.array(index),
  seen: z.array(index),
  /** About the seen classes' test images as a whole; null where they were not kept. */
  seenSteps: z
    .object({
      /** Seen classes that have test images. */
      classes: index,
      /** What the counts of the column `seen.steps` are divided by. */
      images: z.int().positive(),
      /** Number of that column's first step. */
      first: z.int(),
      /** Images with equal scores on both sides: their count, and the share of seen labels among the equal ones. */
      zero: z.object({ count: z.number(), seenShare: z.number() }),
    })
    .nullable(),
  /** Centred cosines of the seen classes' mean outputs: their sum, and of how many. */
  seenCosine: z.object({ sum: z.number(), count: index }),
  /** Lines of the fold's log that count, those of epochs without their classes; see {@link condensedLog}. */
  log: z.array(LogLine),
});
export type RecordAbout = DeepReadonly<z.infer<typeof recordSchema>>;

/** What the file is called, after the fold. */
export const RECORD_ENDING = '.record.safetensors.br';

export interface Column {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** Losses of the held-out classes by epoch, [lines of epochs][class]. */
const EPOCHS = 'epochs.loss';
const ABOUT = 'about';
/** A record has kilobytes: more than this is damage or an attack. */
const MOST = 2 ** 26;

/** Writes the file, atomically. */
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

/** @throws FormatError when it is damaged, of a later version, or not a record */
export function readRecordFile(file: string): { about: RecordAbout; columns: Map<string, Column> } {
  let bytes: Buffer;
  try {
    bytes = brotliDecompressSync(readBytes(file), { maxOutputLength: MOST });
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(file, `is damaged: ${(error as Error).message}`, 'Copy it again.');
  }
  const { tensors, metadata, checksum } = parseSafetensors(file, bytes);
  // Records of earlier versions have no other checksum; it leaves names and shapes out.
  if (checksum === null && metadata.crc32 !== checksumOf(tensors))
    throw new FormatError(file, 'is damaged: its checksum is not that of its content', 'Copy it again.');
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

/** CRC-32 of the tensors' bytes, in hexadecimal, one after the other by name. */
function checksumOf(tensors: ReadonlyMap<string, Tensor>): string {
  const names = [...tensors.keys()].sort();
  const bytes = Buffer.concat(names.map((name) => bytesOf(tensors.get(name)!.data)));
  return (crc32(bytes) >>> 0).toString(16).padStart(8, '0');
}

/** Of the narrowest type that holds all its numbers exactly. */
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

/** Digits of what no number is computed from. */
const DIGITS = 4;

/** A loss of a curve as records keep it, to 16 bits; whoever draws curves takes it so from logs too. */
export const keptLoss = (loss: number): number => significant(loss, 16);

/** What counts of a finished fold's log. */
interface FinishedLog {
  readonly heldOut: readonly number[];
  readonly start: LogLineOf<'start'> | null;
  readonly resumes: readonly LogLineOf<'resume'>[];
  readonly epochs: readonly LogLineOf<'epoch'>[];
  readonly end: LogLineOf<'end'> | null;
}

/**
 * A fold's log as its record keeps it. The losses of its classes, which curves are drawn from, are a column; of the
 * epochs' other measures the averages stay, to four digits.
 */
export function condensedLog({ heldOut, start, resumes, epochs, end }: FinishedLog): {
  log: LogLine[];
  columns: Map<string, Column>;
} {
  const short = (value: number) => Number(value.toPrecision(DIGITS));
  const lines = epochs.map((line): LogLine => {
    const measures = Object.entries(line.heldOut).map(([name, value]) => [name, value && short(value)]);
    return {
      ...line,
      trainLoss: line.trainLoss && short(line.trainLoss),
      learningRate: short(line.learningRate),
      seconds: short(line.seconds),
      heldOut: Object.fromEntries(measures) as typeof line.heldOut,
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
 * The log's lines again, in the order in which they happened. Of the classes' measures only the loss is kept where there are
 * several.
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
