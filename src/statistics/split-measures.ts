/** A run's measures as a list, each with its value in every split (fold): what several seeds are compared by. */
import { median } from 'simple-statistics';
import { z } from 'zod';
import { meanOfNumbers } from '../util/metrics.js';
import type { DeepReadonly } from '../util/read-only.js';
import type { ClassResult } from './class-result.js';
import { groupTitle, type MeasureGroup, measureOf, statisticsIn, UNITS, type Unit } from './measures.js';
import type { Summary } from './summary.js';
import type { SeenUnseen } from './zero-shot/generalised.js';
import type { ZeroShotClass } from './zero-shot/zero-shot.js';

export const splitMeasureSchema = z.object({
  /** Names the candidates. */
  group: z.string(),
  what: z.string(),
  unit: z.enum(UNITS),
  /** Of the whole run. */
  value: z.number(),
  /** One a finished fold. */
  splits: z.array(z.number()),
  /** Ranking at random or answering the mean vector; null where neither is defined. */
  chance: z.number().nullable(),
});
export type SplitMeasure = DeepReadonly<z.infer<typeof splitMeasureSchema>>;

/** Those that the run has: what is "n/a" is not among them. */
export function splitMeasures(summary: Summary): SplitMeasure[] {
  const { headline, candidates, zeroShot, classes, meanVectorChange } = summary;
  const { vocabulary, generalised, hierarchical } = zeroShot;
  const folds = [...new Set(classes.map((c) => c.fold))];
  // A fold that holds out nothing but a word without a direction has no rank to give.
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
        // A fold's area is under its own curve, not its share of the curve of all folds.
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
    if (k === 1) continue; // hit@1 once more
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
