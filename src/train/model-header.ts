/** The header of a model file: JSON in its metadata. */
import { parseNetwork } from '../nn/schema.js';
import type { Network } from '../nn/types.js';
import { FormatError } from '../util/errors.js';
import * as z from '../util/zod.js';
import { CONTROL_NAMES, controlOf } from './control.js';
import { type Heads, widthOf } from './heads.js';
import { RECIPE_NAMES } from './recipe.js';
import { engineIdSchema, normalisationSchema } from './schema.js';

const size = z.int().positive();
const count = z.int().nonnegative();

const between = (low: number, high: number) => (values: readonly number[]) =>
  values.every((value) => value >= low && value <= high);

const headerSchema = z.object({
  format: z.literal('lexel-model'),
  version: z.literal(1),
  network: z.unknown(),
  /** Per-channel normalisation, in units of pixel/255. */
  mean: normalisationSchema.shape.mean.refine(between(0, 1), 'means of pixels/255 lie between 0 and 1'),
  std: normalisationSchema.shape.std.refine(
    between(1e-9, 1),
    'standard deviations of pixels/255 are above 0 and at most 1',
  ),
  recipe: z.enum(RECIPE_NAMES.map(({ name }): string => name)),
  /** The recipe's transform of word vectors; its mean and matrix are tensors. Absent if there is none. */
  space: z.object({ unit: z.boolean() }).optional(),
  /**
   * Outputs per head; absent in files of earlier versions, which have one head, of the type that the control
   * implies.
   */
  heads: z.object({ vector: count, classes: count }).optional(),
  /** The run's control; absent for the real experiment. */
  control: z.enum(CONTROL_NAMES.map(({ name }): string => name)).optional(),
  /** All labels with a vector, in class order, which is the order of the vectors' rows. */
  labels: z.array(z.string().min(1)).min(1),
  /** Labels that the network was not trained on. */
  heldOut: z.array(z.string()),
  words: z.object({ source: z.string(), checksum: z.string(), dimension: size }),
  dataset: z.object({ name: z.string(), hash: z.string(), orderedHash: z.string().optional() }),
  /**
   * `fold`: `mean` and `std` are those of the fold's training images. Absent in files of earlier versions,
   * where they are those of the whole data set.
   */
  normalisation: z.literal('fold').optional(),
  /** The engine that trained the model; absent in files of earlier versions. */
  engine: engineIdSchema.optional(),
  /** The calibration of familiarity, whose numbers are tensors. Absent if the file has none. */
  familiarity: z.object({ images: size }).optional(),
  /** `epochs` is the epoch whose weights these are. */
  training: z.object({ fold: z.string(), seed: count, epochs: count, preset: z.string() }),
});

/** The parts of the header whose numbers are tensors. */
type WithTensors = Pick<z.infer<typeof headerSchema>, 'space' | 'familiarity'>;

/** The header, with its network parsed. */
export type ModelHeader = Omit<
  z.infer<typeof headerSchema>,
  'format' | 'version' | 'network' | keyof WithTensors
> & {
  network: Network;
};

/** Hint for a model file that is invalid. */
export const NOT_WHOLE =
  'the file is incomplete, or another version of Lexel wrote it; train or download it again';

/**
 * Parses a model file's header and its network.
 * @param text the metadata entry
 * @throws FormatError if the text is not a valid header, or its parts contradict each other
 */
export function parseHeader(file: string, text: string | undefined): ModelHeader & WithTensors {
  if (text === undefined) {
    throw new FormatError(
      file,
      'is a safetensors file, but not a model of Lexel',
      'give the model file of a trained fold',
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new FormatError(file, 'the header in its metadata is not JSON', NOT_WHOLE);
  }
  const parsed = headerSchema.safeParse(json);
  if (!parsed.success)
    throw new FormatError(file, z.prettifyError(parsed.error).replaceAll('\n', ' '), NOT_WHOLE);
  const { format: _f, version: _v, ...rest } = parsed.data;
  const header = { ...rest, network: parseNetwork(rest.network, file) };
  checkHeader(file, header);
  return header;
}

/** @throws FormatError if labels, heads and network contradict each other */
function checkHeader(file: string, header: ModelHeader): void {
  const { labels, heldOut, network, words } = header;
  const known = new Set(labels);
  const damaged = (problem: string) => new FormatError(file, problem, NOT_WHOLE);
  if (known.size !== labels.length) throw damaged('lists a label twice');
  const stray = heldOut.find((label) => !known.has(label));
  if (stray !== undefined) throw damaged(`holds out "${stray}", which is not one of its labels`);
  if (new Set(heldOut).size !== heldOut.length) throw damaged('holds a label out twice');
  if (heldOut.length === labels.length) throw damaged('holds every label out');
  const { vector, classes } = modelHeads(header);
  if (widthOf({ vector, classes }) !== network.outputs)
    throw damaged(`its heads have ${vector} and ${classes} outputs, but its network has ${network.outputs}`);
  if (vector !== 0 && vector !== words.dimension)
    throw damaged(`its vector head has ${vector} outputs, but its words have ${words.dimension} dimensions`);
  if (classes !== 0 && classes !== labels.length)
    throw damaged(`its class head has ${classes} outputs, but there are ${labels.length} labels`);
}

/** The number of outputs of each head of a model. */
export function modelHeads(model: Pick<ModelHeader, 'heads' | 'control' | 'labels' | 'words'>): Heads {
  if (model.heads) return model.heads;
  const classifier = controlOf(model.control).classifier;
  return classifier
    ? { vector: 0, classes: model.labels.length }
    : { vector: model.words.dimension, classes: 0 };
}

/** Row indices of the seen labels. */
export function seenLabels({ labels, heldOut }: Pick<ModelHeader, 'labels' | 'heldOut'>): number[] {
  const out = new Set(heldOut);
  return labels.flatMap((label, c) => (out.has(label) ? [] : [c]));
}
