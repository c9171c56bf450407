/** A run's measures as a list, each with its value in every split (fold). The comparison of seeds uses it. */
import { median } from 'simple-statistics';
import { meanOfNumbers } from '../util/metrics.js';
import type { DeepReadonly } from '../util/read-only.js';
import * as z from '../util/zod.js';
import type { ClassResult } from './class-result.js';
import { groupTitle, type MeasureGroup, measureOf, statisticsIn, UNITS, type Unit } from './measures.js';
import type { Summary } from './summary.js';
import type { SeenUnseen } from './zero-shot/generalised.js';
import type { ZeroShotClass } from './zero-shot/zero-shot.js';

export const splitMeasureSchema = z.object({
  /** The set of candidates. */
  group: z.string(),
  what: z.string(),
  unit: z.enum(UNITS),
  /** Value for the whole run. */
  value: z.number(),
  /** One value per finished fold. */
  splits: z.array(z.number()),
  /** Expected by ranking at random or by predicting the mean vector; null if neither is defined. */
  chance: z.number().nullable(),
});
export type SplitMeasure = DeepReadonly<z.infer<typeof splitMeasureSchema>>;

/** The measures that the run has; those that are "n/a" are not listed. */
export function splitMeasures(summary: Summary): SplitMeasure[] {
  const { headline, candidates, zeroShot, classes, meanVectorChange } = summary;
  const { vocabulary, generalised, hierarchical } = zeroShot;
  const folds = [...new Set(classes.map((c) => c.fold))];
  // A fold whose only held-out word has no direction has no ranks.
  const directed = folds.filter((fold) =>
    classes.some((c) => c.fold === fold && !Number.isNaN(c.centredCosine)),
  );
  const split = (
    of: (c: ClassResult, zero: ZeroShotClass) => number | null | undefined,
    among = directed,
    over: (values: number[]) => number = meanOfNumbers,
  ) =>
    among.map((fold) =>
      over(classes.flatMap((c, i) => (c.fold === fold ? [of(c, zeroShot.classes[i]) ?? Number.NaN] : []))),
    );
  const measures: SplitMeasure[] = [];
  const add = (
    group: string,
    what: string,
    unit: Unit,
    value: number | null | undefined,
    chance: number | null,
    splits: readonly number[],
  ) => {
    if (value === null || value === undefined || splits.some(Number.isNaN)) return;
    measures.push({ group, what, unit, value, splits, chance });
  };
  const fromTable = (group: MeasureGroup) => {
    for (const name of statisticsIn(group)) {
      const { label, unit, of, over, chance } = measureOf(name);
      const among = group === 'loss' ? folds : directed;
      add(
        groupTitle(group, candidates, "the split's"),
        label,
        unit,
        headline[name].value,
        chance === null ? meanVectorChange.initial.median : headline[name].chance,
        // A fold's value is the area under its own curve, not its contribution to the joint curve.
        name === 'ausuc' && generalised
          ? generalised.folds.map((fold) => fold.ausuc)
          : split(of, among, over === 'median' ? median : meanOfNumbers),
      );
    }
  };
  fromTable('all');
  fromTable('held-out');

  if (vocabulary) {
    const group = `true word among ${vocabulary.candidates.toLocaleString('en')} words`;
    const { value, chance } = vocabulary;
    add(
      group,
      'mean rank',
      'rank',
      value.rank,
      chance.rank,
      split((_, z) => z.vocabulary?.rank),
    );
    add(
      group,
      'hit@5',
      'share',
      value.hit5,
      chance.hit5,
      split((_, z) => z.vocabulary?.hit5),
    );
    add(
      group,
      'hit@10',
      'share',
      value.hit10,
      chance.hit10,
      split((_, z) => z.vocabulary?.hit10),
    );
  }
  if (generalised && generalised.without === 0) {
    const group = groupTitle('seen-unseen', candidates, '');
    const plain = (what: string, key: keyof SeenUnseen) =>
      add(
        group,
        what,
        'share',
        generalised.plain[key],
        1 / zeroShot.labels,
        generalised.folds.map((fold) => fold.plain[key]),
      );
    plain('seen accuracy', 'seen');
    plain('unseen accuracy', 'unseen');
    plain('harmonic mean', 'harmonic');
  }
  fromTable('seen-unseen');
  fromTable('direction');
  for (const [q, { k, value, chance }] of (hierarchical ?? []).entries()) {
    if (k === 1) continue; // hp@1 equals hit@1
    add(
      `right superclass, ${zeroShot.labels} labels`,
      `hp@${k}`,
      'share',
      value,
      chance,
      split((_, z) => z.hierarchical?.[q]),
    );
  }
  fromTable('loss');
  return measures;
}
