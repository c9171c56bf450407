/** Shared parts of the schemas of results that Lexel writes as JSON. */
import * as z from './zod.js';

/** A count or an index. */
export const count = z.int().nonnegative();

/**
 * A measure that may be missing, such as the rank of a word without a direction. It is NaN in memory, which propagates
 * through sums and comparisons, and null in JSON, which has no NaN.
 */
export const numberOrNaN = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

/** A record with an entry for each name; unknown keys, such as names added by a later version, are ignored. */
export function recordOf<Name extends string, Of extends z.ZodType>(names: readonly Name[], of: Of) {
  return z.object(Object.fromEntries(names.map((name) => [name, of])) as Record<Name, Of>);
}
