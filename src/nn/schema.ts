/** Validates networks from outside (model files, run files). */

import { FormatError, LexelError } from '../util/errors.js';
import * as z from '../util/zod.js';
import { beyondLayers } from './bounds.js';
import { validate } from './parameters.js';
import type { Layer, Network } from './types.js';

const activation = z.enum(['relu', 'silu', 'hard-swish', 'sigmoid', 'hard-sigmoid']);
const name = z.string().min(1).max(200);
const positive = z.int().positive();

const layer: z.ZodType<Layer> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('conv'),
      name,
      out: positive,
      kernel: z.literal([1, 3, 5]),
      stride: z.literal([1, 2]),
      depthwise: z.boolean(),
    }),
    z.strictObject({
      type: z.literal('batch-norm'),
      name,
      epsilon: z.number().positive(),
      momentum: z.number().positive().max(1),
    }),
    z.strictObject({ type: z.literal('activation'), fn: activation }),
    z.strictObject({
      type: z.literal('squeeze-excite'),
      name,
      hidden: positive,
      activation,
      gate: activation,
    }),
    z.strictObject({
      type: z.literal('residual'),
      name,
      body: z.array(layer),
      shortcut: z.array(layer),
    }),
    z.strictObject({ type: z.literal('global-average-pool') }),
    z.strictObject({ type: z.literal('dropout'), rate: z.number().min(0).lt(1) }),
    z.strictObject({ type: z.literal('linear'), name, out: positive }),
  ]),
);

/** Schema of a network as JSON. {@link parseNetwork} also checks shapes and names. */
export const networkSchema: z.ZodType<Network> = z.strictObject({
  name,
  size: positive,
  layers: z.array(layer).min(1),
  outputs: positive,
});

/**
 * Parses a network from JSON values.
 * @param file the file's name, for error messages
 * @throws FormatError naming the file and the invalid key or layer, or the exceeded bound ({@link NETWORK_BOUNDS})
 */
export function parseNetwork(value: unknown, file: string): Network {
  const beyond = beyondLayers(value);
  if (beyond !== null) throw new FormatError(file, `not a network: ${beyond}`);
  const parsed = networkSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new FormatError(file, `not a network: ${issue.path.join('.') || 'top level'}: ${issue.message}`);
  }
  try {
    validate(parsed.data);
  } catch (error) {
    if (error instanceof LexelError) throw new FormatError(file, error.message, error.hint);
    throw error;
  }
  return parsed.data;
}
