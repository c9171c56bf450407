/**
 * Spearman's rank correlation with its p-value (Student's t with n − 2 degrees of freedom) and its 95 %
 * interval. The interval uses Fisher's z with the standard error of Bonett & Wright 2000, √((1 + r²/2) / (n −
 * 3)), because Fisher's own 1/√(n − 3) does not keep its level for rank correlations.
 */
import { sampleRankCorrelation } from 'simple-statistics';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import { intervalSchema } from './bootstrap.js';
import { studentCdf } from './student-t.js';

export const correlationSchema = z.object({
  n: count,
  /** Spearman's ρ; ties get their mean rank. */
  rho: z.number(),
  /** Two-sided p-value. */
  p: z.number(),
  /** null if ρ is ±1 or there are fewer than four pairs, where Fisher's z is undefined. */
  interval: intervalSchema.nullable(),
});
export type Correlation = DeepReadonly<z.infer<typeof correlationSchema>>;

const Z = 1.959963984540054;

/** Returns null if there are fewer than three pairs or one side is constant. */
export function spearman(x: readonly number[], y: readonly number[]): Correlation | null {
  const n = x.length;
  if (n < 3 || isConstant(x) || isConstant(y)) return null;
  const rho = Math.max(-1, Math.min(1, sampleRankCorrelation([...x], [...y])));
  const perfect = Math.abs(rho) > 1 - 1e-12;
  const t = Math.abs(rho) * Math.sqrt((n - 2) / (1 - rho * rho));
  const z = Math.atanh(rho);
  const wide = Z * Math.sqrt((1 + (rho * rho) / 2) / (n - 3));
  return {
    n,
    rho,
    p: perfect ? 0 : Math.min(1, 2 * studentCdf(-t, n - 2)),
    interval: perfect || n < 4 ? null : { low: Math.tanh(z - wide), high: Math.tanh(z + wide) },
  };
}

/** Whether all values are equal. */
export function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}
