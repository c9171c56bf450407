import { median } from 'simple-statistics';
import * as classes from '../classes-table.mjs';
import { engineOf } from '../engines.mjs';
import { has, json, load, pooled, seedsOf, summary } from '../kept.mjs';
import {
  chance,
  change,
  difference,
  fixed,
  label,
  list,
  number,
  p,
  percent,
  range,
  table,
  value,
  wholeRange,
} from '../text.mjs';

/** What the poster reports. */
export const POSTER = { improved: 86, median: -0.31, best: -0.655, worst: 0.679, flatAfter: 15 };

const named = ({ label, change: x }) => `${change(x)} (${label})`;
const share = (improved, count) =>
  count === 100 ? `${improved} of 100` : `${improved} of ${count} (${percent(improved / count, 0)})`;

const MEASURED = [
  'rank',
  'hit1',
  'hit5',
  'hit10',
  'twoConstantsRank',
  'twoConstantsHit5',
  'ausuc',
  'centredCosine',
  'calibratedSkill',
  'skill',
];
/** With one unseen label a constant lifts that label for every image, so chance says nothing. */
const WITHOUT_CHANCE = ['twoConstantsRank', 'twoConstantsHit5', 'ausuc'];

export default () => {
  const run = 'loo-poster';
  const s = summary(run);
  const { of, classes: count, units } = pooled(run);
  const done = s.folds.finished;
  const whole = done === 100;
  const { initial: own } = s.change;
  const { initial: mean } = s.meanVectorChange;
  const still = s.stillImprovingLabels;
  const rows = [
    ['', 'poster', 'this run', '95 % interval', 'always answering the mean vector'],
    [
      'classes improved',
      `${POSTER.improved} of 100`,
      share(own.improved, own.count),
      range('hit1', scaled(of['initial.improved'].interval, 1 / count)),
      share(mean.improved, mean.count),
    ],
    [
      'median relative change',
      change(POSTER.median),
      change(own.median),
      range('relativeChange', of['initial.median'].interval),
      change(mean.median),
    ],
    ['best class', change(POSTER.best), named(own.best), '', named(mean.best)],
    ['worst class', change(POSTER.worst), named(own.worst), '', named(mean.worst)],
    [
      'flat after',
      `~${POSTER.flatAfter} epochs`,
      s.curve.flatAfter === null ? 'not flat' : `${s.curve.flatAfter} epochs`,
      of.flatAfter?.interval ? wholeRange(of.flatAfter.interval) : '',
      '',
    ],
    [
      'improved against the first epoch',
      '',
      `${share(s.change.firstEpoch.improved, own.count)}, median ${change(s.change.firstEpoch.median)}`,
      '',
      `${share(s.meanVectorChange.firstEpoch.improved, own.count)}, median ${change(s.meanVectorChange.firstEpoch.median)}`,
    ],
    ['classes that beat the mean vector', '', share(s.beatMeanVector, own.count), '', ''],
  ];
  const h = s.headline;
  const passed = json('comparisons.json').tests.some(
    ({ key, pHolm }) => key.startsWith(`runs/${run}/`) && pHolm <= 0.05,
  );
  return `## One class held out at a time: the poster's experiment

**Question.** Trained on 99 classes, does the network's loss on the hundredth fall, and does it fall for reasons of meaning?

**Protocol.** \`lexel loo --protocol loo\`: a fold for every class, seed 0. ${whole ? 'All 100 folds.' : `**${done} of 100 folds have run so far**; the other ${100 - done} have not been trained. ${whichClasses(s, units)}`}
${engines(run)}

**Answer.** The loss falls for ${own.improved} of ${own.count} classes and changes by ${change(own.median)} in the median. Always answering the mean of the seen words, without looking at the image,
makes it fall for ${mean.improved} and changes it by ${change(mean.median)}; the two losses do not differ certainly (${p(`runs/${run}/below-mean-vector`)}). The poster's measure does not tell what a network knows from where the words' centre lies. Ranks do: among all 100 labels the true word,
which the network never saw, has mean rank ${value('rank', h.rank.value)} where guessing has 50.5, and is among the best five for ${percent(h.hit5.value)} of the images (guessing: 5 %).${
    passed
      ? ''
      : ` Over ${number(units.count)} superclasses no test of this section passes the correction for the whole page, not even that of the loss against the untrained network's (${p(`runs/${run}/below-untrained`)}).`
  }

${table(rows)}

${table([
  [`${done} classes, each alone`, 'this run', '95 % interval', 'chance'],
  ...MEASURED.filter((m) => of[m]).map((m) => [
    label(m),
    value(m, of[m].mean),
    range(m, of[m].interval),
    WITHOUT_CHANCE.includes(m) ? 'n/a' : chance(m, h[m].chance),
  ]),
])}

A fold holds one class out, so there is no permutation null and no rank among held-out labels. AUSUC and two constants have a single unseen label to place here and must not be compared with the rotations' values: AUSUC cannot exceed the accuracy on seen classes, ${value('ausuc', s.zeroShot.generalised.plain.seen)}, and is
half of that if the unseen label is placed without regard to the image. The fair null is the same experiment with the words assigned to the classes at random (\`--control permuted\`)${has('loo-permuted') ? permuted() : ', which has not been run for single classes yet'}.
${still.length > 0 ? `Still improving at epoch 25: ${still.join(', ')}.` : 'No class is still improving at epoch 25, where the learning rate has come down to zero.'}

${whole ? '![Loss on held-out classes against epoch](images/loo-figure-2.png)\n![Histogram of the relative change](images/loo-figure-3.png)\n\n' : ''}${beside()}`;
};

const scaled = (interval, by) => interval && { low: interval.low * by, high: interval.high * by };

/** The classes so far are the first by name: how they compare with all of them. */
function whichClasses(s, units) {
  const rotations = summary('rotations-poster').classes;
  const labels = new Set(s.classes.map((c) => c.label));
  const those = rotations.filter((c) => labels.has(c.label));
  const improved = (of) => of.filter((c) => c.change.initial < 0).length;
  const hit5 = (of) => percent(classes.mean(of.map((c) => c.all.hit5)));
  return `They are the first by name, of ${number(units.count)} of the 20 superclasses; intervals draw these and say nothing of the others. In the rotations below (seed 0) the same classes have ${improved(those)} of ${those.length} improved and hit@5 ${hit5(those)}, all ${rotations.length} classes ${improved(rotations)} of ${rotations.length} and ${hit5(rotations)}.`;
}

function engines(run) {
  const { run: kept, folds } = load(run);
  const byEngine = new Map();
  for (const fold of folds) {
    const name = engineOf(fold);
    byEngine.set(name, [
      ...(byEngine.get(name) ?? []),
      ...fold.heldOut.map(({ index }) => kept.run.dataset.classes[index]),
    ]);
  }
  if (byEngine.size === 1) return '';
  const shown = [...byEngine].map(
    ([name, labels]) =>
      `${labels.length} with ${name}${labels.length <= 10 ? ` (${labels.join(', ')})` : ''}`,
  );
  return `Folds were trained with other instruction sets and builds of the kernels, which round differently: ${list(shown)}. ${drift(run)}`;
}

/** What another instruction set changes in folds that were trained with both, beside what another seed changes. */
function drift(run) {
  const again = new Map(summary('loo-drift').classes.map((c) => [c.label, c]));
  const twice = summary(run).classes.filter(({ label }) => again.has(label));
  const moved = twice.map(({ label, all }) => {
    const { all: other } = again.get(label);
    return `${label} goes from rank ${fixed(all.rank, 1)} to ${fixed(other.rank, 1)} and hit@5 ${percent(all.hit5, 0)} to ${percent(other.hit5, 0)}`;
  });
  const seeds = [...Array(seedsOf('rotations-poster')).keys()].map((seed) =>
    classes.load(`rotations-poster/seed-${seed}`),
  );
  const overSeeds = (measure) => {
    const each = seeds.map((seed) => classes.byLabel(seed, measure));
    const variances = [...each[0].keys()].map((label) => {
      const values = each.map((of) => of.get(label));
      const mean = classes.mean(values);
      return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
    });
    return Math.sqrt(classes.mean(variances));
  };
  return `Training amplifies rounding: trained once more with another instruction set, ${list(moved)}. A class's deviation over seeds in the rotations is ${fixed(overSeeds('rank'), 1)} in rank and ${fixed(100 * overSeeds('hit5'), 1)} points in hit@5. The intervals of this section include neither.`;
}

function permuted() {
  const s = summary('loo-permuted');
  const own = new Map(summary('loo-poster').classes.map((c) => [c.label, c]));
  const both = s.classes.filter(({ label }) => own.has(label));
  const means = (pick) => [
    classes.mean(both.map((c) => pick(own.get(c.label)))),
    classes.mean(both.map(pick)),
  ];
  const [rank, hit5] = [means((c) => c.all.rank), means((c) => c.all.hit5)];
  return `: on the ${both.length} classes that both have it gives rank ${value('rank', rank[1])} where this run has ${value('rank', rank[0])}, and hit@5 ${percent(hit5[1])} where it has ${percent(hit5[0])}`;
}

/** Classes held out alone next to the same classes held out with 19 others. */
function beside() {
  const [alone, together] = [classes.load('loo-poster'), classes.load('rotations-poster/seed-0')];
  const kept = new Set(summary('loo-poster').classes.map((c) => c.label));
  const medians = ['loo-poster', 'rotations-poster/seed-0'].map((run) =>
    change(
      median(
        summary(run)
          .classes.filter((c) => kept.has(c.label))
          .map((c) => c.change.initial),
      ),
    ),
  );
  const less = (measure) =>
    `${label(measure)} ${difference(measure, classes.pairedByLabel(together, alone, measure))}`;
  return `**Alone or with 19 others?** The same ${kept.size} classes, held out alone less held out as part of a rotation (seed 0), paired by class: ${list(['rank', 'hit5', 'centredCosine'].map(less))}; median change of the loss ${medians[0]} alone and ${medians[1]} with 19 others.
[Class by class](#class-by-class) has both side by side.
`;
}
