/** A run's measures as a list, each with its value in every split (fold): what several seeds are compared by. */
import { median } from 'simple-statistics';
import { meanOfNumbers } from '../util/metrics.js';
import type { Statistic } from './aggregate.js';
import type { ClassResult } from './class-result.js';
import type { Summary } from './summary.js';
import type { SeenUnseen } from './zero-shot/generalised.js';
import type { ZeroShotClass } from './zero-shot/zero-shot.js';

export interface SplitMeasure {
  /** Names the candidates. */
  readonly group: string;
  readonly what: string;
  /** How to show it: a rank, a share of 1, a number. */
  readonly kind: 'rank' | 'share' | 'number';
  /** Of the whole run. */
  readonly value: number;
  /** One a finished fold. */
  readonly splits: readonly number[];
  /** Ranking at random or answering the mean vector; null where neither is defined. */
  readonly chance: number | null;
}

/** Those that the run has: what is "n/a" is not among them. */
export function splitMeasures(summary: Summary): SplitMeasure[] {
  const { headline, candidates, zeroShot, classes, change, meanVectorChange } = summary;
  const folds = [...new Set(classes.map((c) => c.fold))];
  // A fold that holds out nothing but a word without a direction has no rank to give.
  const directed = folds.filter((fold) =>
    classes.some((c) => c.fold === fold && !Number.isNaN(c.centredCosine)),
  );
  const split = (of: (c: ClassResult, zero: ZeroShotClass) => number | null | undefined, among = directed) =>
    among.map((fold) =>
      meanOfNumbers(
        classes.flatMap((c, i) => (c.fold === fold ? [of(c, zeroShot.classes[i]) ?? Number.NaN] : [])),
      ),
    );
  const measures: SplitMeasure[] = [];
  const add = (
    group: string,
    what: string,
    kind: SplitMeasure['kind'],
    value: number | null | undefined,
    chance: number | null,
    splits: readonly number[],
  ) => {
    if (value === null || value === undefined || splits.some(Number.isNaN)) return;
    measures.push({ group, what, kind, value, splits, chance });
  };
  const fromHeadline = (
    group: string,
    what: string,
    kind: SplitMeasure['kind'],
    key: Statistic,
    of: (c: ClassResult) => number | null | undefined,
  ) => add(group, what, kind, headline[key].value, headline[key].chance, split(of));

  const all = `true word among all ${candidates.all} labels`;
  fromHeadline(all, 'mean rank', 'rank', 'rank', (c) => c.all.rank);
  fromHeadline(all, 'hit@1', 'share', 'hit1', (c) => c.all.hit1);
  fromHeadline(all, 'hit@5', 'share', 'hit5', (c) => c.all.hit5);
  fromHeadline(all, 'hit@10', 'share', 'hit10', (c) => c.all.hit10);
  const among = `true word among the split's ${candidates.heldOut ?? ''} left-out labels`.replace('  ', ' ');
  fromHeadline(among, 'mean rank', 'rank', 'heldOutRank', (c) => c.heldOut?.rank);
  fromHeadline(among, 'hit@1', 'share', 'heldOutHit1', (c) => c.heldOut?.hit1);
  fromHeadline(among, 'hit@5', 'share', 'heldOutHit5', (c) => c.heldOut?.hit5);
  fromHeadline(among, 'hit@10', 'share', 'heldOutHit10', (c) => c.heldOut?.hit10);

  const { vocabulary, generalised, hierarchical } = zeroShot;
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
  fromHeadline('direction and size', 'centred cosine', 'number', 'centredCosine', (c) => c.centredCosine);
  fromHeadline(
    'direction and size',
    'calibrated skill',
    'number',
    'calibratedSkill',
    (c) => c.calibratedSkill,
  );
  if (generalised && generalised.without === 0) {
    const group = `seen and unseen classes, ${zeroShot.labels} labels`;
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
    const { ausuc, chance, folds: each } = generalised;
    add(
      group,
      'AUSUC',
      'number',
      ausuc,
      chance.ausuc,
      each.map((fold) => fold.ausuc),
    );
  }
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
  const medians = folds.map((fold) =>
    median(classes.filter((c) => c.fold === fold).map((c) => c.change.initial)),
  );
  add(
    'loss alone',
    'skill',
    'number',
    headline.skill.value,
    headline.skill.chance,
    split((c) => c.skill, folds),
  );
  add(
    'loss alone',
    'median relative change',
    'share',
    change.initial.median,
    meanVectorChange.initial.median,
    medians,
  );
  return measures;
}
