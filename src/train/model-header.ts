/** What a model file says of itself: JSON in its metadata. */
import { z } from 'zod';
import { type Network, parseNetwork } from '../nn/index.js';
import { FormatError } from '../util/errors.js';
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
    'deviations of pixels/255 are above 0, at most 1',
  ),
  recipe: z.enum(RECIPE_NAMES.map(({ name }): string => name)),
  /** How the recipe turned the words' vectors; its mean and matrix are tensors. Absent: not at all. */
  space: z.object({ unit: z.boolean() }).optional(),
  /** What the outputs are; absent in files of earlier versions: one head, by the control. */
  heads: z.object({ vector: count, classes: count }).optional(),
  /** The control that the run was; absent: the real experiment. */
  control: z.enum(CONTROL_NAMES.map(({ name }): string => name)).optional(),
  /** Every label with a vector, in class order; the rows of the vectors. */
  labels: z.array(z.string().min(1)).min(1),
  /** The labels that the network never saw. */
  heldOut: z.array(z.string()),
  words: z.object({ source: z.string(), checksum: z.string(), dimension: size }),
  dataset: z.object({ name: z.string(), hash: z.string(), orderedHash: z.string().optional() }),
  /** Whose images `mean` and `std` are of; absent in files of earlier versions: all of the data set. */
  normalisation: z.literal('fold').optional(),
  /** What trained it; absent in files of earlier versions. */
  engine: engineIdSchema.optional(),
  /** How it came to be: fold, seed, epochs. */
  training: z.object({ fold: z.string(), seed: count, epochs: count, preset: z.string() }),
});

/** What a model file says about itself. */
export type ModelHeader = Omit<z.infer<typeof headerSchema>, 'format' | 'version' | 'network' | 'space'> & {
  network: Network;
};

/** The way out where a model file is not as it should be. */
export const NOT_WHOLE =
  'it was not written by this version of Lexel, or not wholly; train or download it again';

/**
 * A model file's header, with its network.
 * @param text the metadata entry
 * @throws FormatError when it is none, or its parts do not fit each other
 */
export function parseHeader(
  file: string,
  text: string | undefined,
): ModelHeader & Pick<z.infer<typeof headerSchema>, 'space'> {
  if (text === undefined) {
    throw new FormatError(
      file,
      'a safetensors file, but not a model of Lexel',
      'give the file of a trained fold',
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

/** @throws FormatError when labels, heads and network do not fit each other */
function checkHeader(file: string, header: ModelHeader): void {
  const { labels, heldOut, network, words } = header;
  const known = new Set(labels);
  const damaged = (problem: string) => new FormatError(file, problem, NOT_WHOLE);
  if (known.size !== labels.length) throw damaged('names a label twice');
  const stray = heldOut.find((label) => !known.has(label));
  if (stray !== undefined) throw damaged(`holds out "${stray}", which is not one of its labels`);
  if (new Set(heldOut).size !== heldOut.length) throw damaged('holds a label out twice');
  if (heldOut.length === labels.length) throw damaged('holds every label out');
  const { vector, classes } = modelHeads(header);
  if (widthOf({ vector, classes }) !== network.outputs)
    throw damaged(`its heads have ${vector} and ${classes} outputs, its network ${network.outputs}`);
  if (vector !== 0 && vector !== words.dimension)
    throw damaged(`its vector head has ${vector} outputs, its words have ${words.dimension} dimensions`);
  if (classes !== 0 && classes !== labels.length)
    throw damaged(`its class head has ${classes} outputs, and there are ${labels.length} labels`);
}

/** What a model's outputs are. */
export function modelHeads(model: Pick<ModelHeader, 'heads' | 'control' | 'labels' | 'words'>): Heads {
  if (model.heads) return model.heads;
  const classifier = controlOf(model.control).classifier;
  return classifier
    ? { vector: 0, classes: model.labels.length }
    : { vector: model.words.dimension, classes: 0 };
}

/** Rows of the labels that training saw. */
export function seenLabels({ labels, heldOut }: Pick<ModelHeader, 'labels' | 'heldOut'>): number[] {
  const out = new Set(heldOut);
  return labels.flatMap((label, c) => (out.has(label) ? [] : [c]));
}
