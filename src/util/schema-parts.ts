/** Parts of the schemas of what Lexel computes and writes as JSON. */
import { z } from 'zod';

/** How many there are, or a place in a list. */
export const count = z.int().nonnegative();

/**
 * A measure of what may have none, such as the rank of a word without a direction: NaN in memory, so that sums and comparisons
 * pass it on, and null in JSON, which has no NaN.
 */
export const numberOrNaN = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

/** A record with an entry for each of a table's names; names that a later version adds are passed over, as unknown keys are. */
export function recordOf<Name extends string, Of extends z.ZodType>(names: readonly Name[], of: Of) {
  return z.object(Object.fromEntries(names.map((name) => [name, of])) as Record<Name, Of>);
}
