/**
 * Calibrated skill (docs/DEFINITIONS.md): how good μ + α(output − μ) would be, with one shrinkage α for all classes,
 * fitted without the class it is applied to. It tells "knows nothing" from "says too much".
 */

/** Fewer held-out classes fit α too badly: the answer is then "n/a". */
export const MINIMUM_CLASSES = 10;

/** What calibration needs of one held-out class: mean(u·t)/|t|² and mean(|u|²)/|t|². */
export interface CalibrationEntry {
  /** Class index: a class that was held out in several folds is left out of its own α in all of them. */
  readonly target: number;
  readonly agreement: number;
  readonly energy: number;
}

/**
 * α of each entry: Σ agreement ÷ Σ energy over the entries of all other classes, not clipped. It is the least-squares
 * shrinkage when every class's squared error is measured in units of |t|².
 * @returns null when fewer than {@link MINIMUM_CLASSES} classes are held out.
 */
export function crossFittedAlphas(entries: readonly CalibrationEntry[]): number[] | null {
  const own = new Map<number, { agreement: number; energy: number }>();
  let agreement = 0;
  let energy = 0;
  for (const entry of entries) {
    const sums = own.get(entry.target) ?? { agreement: 0, energy: 0 };
    sums.agreement += entry.agreement;
    sums.energy += entry.energy;
    own.set(entry.target, sums);
    agreement += entry.agreement;
    energy += entry.energy;
  }
  if (own.size < MINIMUM_CLASSES) return null;
  return entries.map(({ target }) => {
    const mine = own.get(target)!;
    const rest = energy - mine.energy;
    return rest > 0 ? (agreement - mine.agreement) / rest : 0;
  });
}

/** 1 − mean |μ + αu − vector|² ÷ |t|², which is α(2·agreement − α·energy). */
export function calibratedSkillAt(alpha: number, { agreement, energy }: CalibrationEntry): number {
  return alpha * (2 * agreement - alpha * energy);
}
