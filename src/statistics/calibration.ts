/**
 * Calibrated skill (docs/DEFINITIONS.md): the skill of μ + α(output − μ), with one shrinkage factor α for all
 * classes, fitted without the class it is applied to. It separates a network without transfer from one that
 * is only overconfident.
 */

/** With fewer held-out classes, α cannot be fitted reliably, and calibrated skill is "n/a". */
export const MINIMUM_CLASSES = 10;

/** The calibration terms of one held-out class: mean(u·t)/|t|² and mean(|u|²)/|t|². */
export interface CalibrationEntry {
  /**
   * Class index. If a class is held out in several folds, all its entries are excluded when its own α is
   * fitted.
   */
  readonly target: number;
  readonly agreement: number;
  readonly energy: number;
}

/**
 * α of each entry: Σ agreement ÷ Σ energy over the entries of all other classes, not clipped. This is the
 * least-squares shrinkage if every class's squared error is measured in units of |t|².
 * @returns null if fewer than {@link MINIMUM_CLASSES} classes are held out
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
