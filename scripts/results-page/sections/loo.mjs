import { median } from 'simple-statistics';
import { foldDrift } from '../../../dist/statistics/index.js';
import { has, load, pooled, summary } from '../kept.mjs';
import { chance, change, fixed, label, number, percent, range, table, value } from '../text.mjs';

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
];

export default () => {
  const run = 'loo-poster';
  const s = summary(run);
  const { of, classes } = pooled(run);
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
      range('hit1', scaled(of['initial.improved'].interval, 1 / classes)),
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
      of.flatAfter?.interval ? range('rank', of.flatAfter.interval, 'count').replaceAll('.0', '') : '',
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
  return `## One class held out at a time: the poster's experiment

**Question.** Trained on 99 classes, does the network's loss on the hundredth fall, and does it fall for reasons of meaning?

**Protocol.** \`lexel loo --protocol loo\`: a fold for every class, seed 0. ${whole ? 'All 100 folds.' : `**${done} of 100 folds have run so far**; the experiment goes on where it stopped, so these numbers are of ${number(done)} classes only.`}
${engines(run)}

**Answer.** The loss falls for ${own.improved} of ${own.count} classes and changes by ${change(own.median)} in the median. Always answering the mean of the seen words, without looking at the image,
makes it fall for ${mean.improved} and changes it by ${change(mean.median)}. So the poster's measure cannot tell what a network knows from where the words' centre lies. Ranks can: among all 100 labels the true word,
which the network never saw, has mean rank ${value('rank', h.rank.value)} where guessing has 50.5, and is among the best five for ${percent(h.hit5.value)} of the images (guessing: 5 %).

${table(rows)}

${table([
  [`${done} classes, each alone`, 'this run', '95 % interval', 'chance'],
  ...MEASURED.filter((m) => of[m]).map((m) => [
    label(m),
    value(m, of[m].mean),
    range(m, of[m].interval),
    chance(m, h[m].chance),
  ]),
])}

A fold holds one class out, so there is no permutation null and no rank among held-out labels, and AUSUC and two constants, which have one unseen label to place, compare only with such folds. The fair null is the same experiment with the words
assigned to the classes at random (\`--control permuted\`)${has('loo-permuted') ? permuted() : ', which has not been run for single classes yet'}.
${still.length > 0 ? `Still improving at epoch 25: ${still.join(', ')}.` : 'No class is still improving at epoch 25.'}

${whole ? '![Loss on held-out classes against epoch](images/loo-figure-2.png)\n![Histogram of the relative change](images/loo-figure-3.png)\n\n' : ''}${beside()}`;
};

const scaled = (interval, by) => interval && { low: interval.low * by, high: interval.high * by };

function engines(run) {
  const { folds } = load(run);
  const counts = new Map();
  for (const { record } of folds) {
    const name =
      record.engines.map(({ isa, build }) => `${isa}, build ${build}`).join(' and ') || 'not recorded';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 1) return '';
  const list = [...counts].map(([name, n]) => `${n} folds with ${name}`).join(', ');
  return `Folds come from several builds of the kernels and instruction sets, which round differently (${list}). ${drift(run)}`;
}

/** What another instruction set changes in folds that were trained with both. */
function drift(run) {
  const folds = foldDrift(load(run), load('loo-drift'));
  const moved = folds.map(({ fold, rank }) => `by ${fixed(rank.mean, 1)} for ${fold}`).join(' and ');
  return `Training amplifies rounding: when the same folds are trained with another instruction set, the true word's mean rank of 100 changes ${moved}.`;
}

function permuted() {
  const s = summary('loo-permuted');
  return `: on ${s.folds.finished} classes it gives rank ${value('rank', s.headline.rank.value)}, hit@5 ${percent(s.headline.hit5.value)} and a median change of ${change(s.change.initial.median)}`;
}

/** Classes held out alone next to the same classes held out with 19 others. */
function beside() {
  const alone = new Map(summary('loo-poster').classes.map((c) => [c.label, c]));
  const together = summary('rotations-poster').classes.filter(({ label }) => alone.has(label));
  const of = (pick) => together.map((c) => [pick(alone.get(c.label)), pick(c)]);
  const medians = (pick) => [0, 1].map((i) => median(of(pick).map((pair) => pair[i])));
  const means = (pick) =>
    [0, 1].map((i) => of(pick).reduce((sum, pair) => sum + pair[i] / together.length, 0));
  const [changes, cosines, ranks, hits] = [
    medians((c) => c.change.initial),
    means((c) => c.centredCosine),
    means((c) => c.all.rank),
    means((c) => c.all.hit5),
  ];
  return `**Alone or with 19 others?** The same ${together.length} classes, held out alone and as part of a rotation: median change ${change(changes[0])} and ${change(changes[1])}, mean centred cosine ${fixed(cosines[0], 2)} and ${fixed(cosines[1], 2)},
mean rank ${fixed(ranks[0], 1)} and ${fixed(ranks[1], 1)} of 100, hit@5 ${percent(hits[0])} and ${percent(hits[1])}. A class that is held out alone keeps all its relatives in training. [Class by class](#class-by-class) has both side by side.
`;
}
