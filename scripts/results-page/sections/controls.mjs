import { median } from 'simple-statistics';
import { commonKeys, load, numbers } from '../classes-table.mjs';
import { otherEngines } from '../engines.mjs';
import { json } from '../kept.mjs';
import {
  change,
  counted,
  difference,
  differenceInterval,
  fixed,
  label,
  list,
  number,
  p,
  table,
  test,
  value,
} from '../text.mjs';

const CONTROLS = {
  'control-permuted': 'words assigned at random (`permuted`)',
  'control-random': 'random vectors of the same norms (`random`)',
  'control-one-hot': 'one-hot targets, read by ConSE (`one-hot`)',
  'control-frozen': 'frozen random features (`frozen`)',
};
const TESTED = [
  'rank',
  'hit5',
  'twoConstantsHit5',
  'heldOutRank',
  'heldOutHit1',
  'heldOutHit5',
  'ausuc',
  'centredCosine',
];
/** Measures of which less is better. */
const LESS = ['rank', 'heldOutRank'];

const key = (run, m) => `controls/${run}/${m}`;

export default () => {
  const { first } = json('family.json').comparisons.find(({ id }) => id === 'controls');
  const [permuted, random, oneHot, frozen] = Object.keys(CONTROLS);
  const kept = load(permuted);
  const { classes } = test(key(permuted, 'rank'));
  const { epochs, folds } = kept;
  const medianOf = (run, column) => {
    const loaded = load(run);
    return change(median(numbers(loaded, commonKeys([loaded, kept]), column)));
  };
  const [own, mean] = ['change_from_initial', 'mean_vector_change_from_initial'];
  const row = (what, column) => [
    what,
    medianOf(first, column),
    ...Object.keys(CONTROLS).map((run) => medianOf(run, column)),
  ];
  return `## Controls: the same training with one thing taken away

**Question.** What makes it work: the words, the images, or training on vectors?

**Protocol.** \`--control NAME\`, ${epochs} epochs, ${counted(folds, 'rotation')} (${classes} classes), seed 0, but ${counted(kept.seeds.length, 'permutation')} for \`permuted\`, each of another seed. Each is compared with the training as it is, of the same length, paired by class.
In brackets the 95 % interval of the difference; of shares in points. Relative changes are within each column's own space of targets.${otherEngines(first, permuted, random, oneHot, frozen)}

${table([
  [`${classes} classes`, 'the words as they are', ...Object.values(CONTROLS)],
  ...TESTED.map((m) => [
    label(m),
    value(m, test(key(permuted, m)).values[0]),
    ...Object.keys(CONTROLS).map((run) => {
      const { values, interval } = test(key(run, m));
      return `${value(m, values[1])} (${differenceInterval(m, interval)})`;
    }),
  ]),
  row('median relative change', own),
  row('the same of the mean vector', mean),
])}

**Answer.**

- With words that mean nothing the ranks and hits among the 20 are near chance (10.5; 5 and 25 %), so what transfers is in the words. In these two controls ${worse([permuted, random])}; hit@1 of 100 is ${value('hit1', test(key(permuted, 'hit1')).values[0])} with the words as they are and ${value('hit1', test(key(permuted, 'hit1')).values[1])} and ${value('hit1', test(key(random, 'hit1')).values[1])} with the others.
- With frozen random features ${worse([frozen])}. By the loss alone: a median change of ${medianOf(frozen, own)}, where the mean vector has ${medianOf(frozen, mean)} and trained features have ${medianOf(first, own)}.
- ${vectors(oneHot)}
`;
};

/** Which of the measures are certainly worse than with the words as they are. */
function worse(runs) {
  const are = TESTED.filter((m) =>
    runs.every((run) => {
      const { difference: mean, pHolm } = test(key(run, m));
      return pHolm <= 0.05 && (LESS.includes(m) ? mean > 0 : mean < 0);
    }),
  );
  const rest = TESTED.filter((m) => !are.includes(m)).map(label);
  const ps = p(...runs.flatMap((run) => are.map((m) => key(run, m))));
  return `${rest.length === 0 ? `all ${number(are.length)} measures of the table` : `${number(are.length)} of the ${number(TESTED.length)} measures of the table`} are worse (${ps})${
    rest.length === 0 ? '' : `, not certainly ${list(rest)}`
  }`;
}

/** Whether it takes word vectors as targets. */
function vectors(oneHot) {
  const of = (m) => test(key(oneHot, m));
  const certain = TESTED.filter((m) => of(m).pHolm <= 0.05);
  const before = TESTED.filter(
    (m) => !certain.includes(m) && of(m).interval && of(m).interval.low * of(m).interval.high > 0,
  );
  const rest = TESTED.filter((m) => !certain.includes(m) && !before.includes(m));
  const shown = (m) => {
    const { difference: mean, interval } = of(m);
    return `${label(m)} ${difference(m, { mean, interval })}, ${p(key(oneHot, m))}`;
  };
  const behind = certain.some((m) => (LESS.includes(m) ? of(m).difference > 0 : of(m).difference < 0));
  const parts = [
    certain.length === 0
      ? 'differs certainly in no measure.'
      : `differs certainly in ${certain.map(shown).join('; ')}.`,
    before.length > 0 && `Before the correction alone: ${before.map(shown).join('; ')}.`,
    rest.length > 0 && `No difference is shown in ${rest.map(label).join('; ')}.`,
  ].filter(Boolean);
  return `${behind ? 'Training on vectors does better than training on classes in some measures.' : '**Word vectors as targets are not what makes it work.**'} A classifier is taught unrelated classes, and its softmax then weighs the words of its ten best guesses (ConSE, Norouzi et al. 2014). Against the network that was taught the vectors it ${parts.join(' ')}
  The words are needed to read the answer. The smallest differences that this comparison could have found, four times in five and before correction: ${value('heldOutRank', of('heldOutRank').detectable)} in rank of 20, ${fixed(100 * of('heldOutHit5').detectable, 1)} points in hit@5 of 20, ${value('ausuc', of('ausuc').detectable)} in AUSUC.`;
}
