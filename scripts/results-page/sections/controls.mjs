import { median } from 'simple-statistics';
import { commonKeys, load, numbers } from '../classes-table.mjs';
import { json } from '../kept.mjs';
import { change, counted, difference, differenceInterval, fixed, label, p, table, value } from '../text.mjs';

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

export default () => {
  const { tests } = json('comparisons.json');
  const { first } = json('family.json').comparisons.find(({ id }) => id === 'controls');
  const key = (run, m) => `controls/${run}/${m}`;
  const test = (run, m) => tests.find((each) => each.key === key(run, m));
  const keys = (run) => TESTED.map((m) => key(run, m));
  const [permuted, random, oneHot, frozen] = Object.keys(CONTROLS);
  const kept = load(permuted);
  const { classes } = test(permuted, 'rank');
  const { epochs, folds } = kept;
  const medianChange = (run) => {
    const loaded = load(run);
    return change(median(numbers(loaded, commonKeys([loaded, kept]), 'change_from_initial')));
  };
  const detectable = (m) => value(m, test(oneHot, m).detectable);
  const shown = (m) => {
    const { difference: mean, interval } = test(oneHot, m);
    return difference(m, { mean, interval });
  };
  return `## Controls: the same training with one thing taken away

**Question.** What makes it work: the words, the images, or training on vectors?

**Protocol.** \`--control NAME\`, ${epochs} epochs, ${counted(folds, 'rotation')} (${classes} classes), seed 0, but ${counted(kept.seeds.length, 'permutation')} for \`permuted\`, each of another seed. Each is compared with the training as it is, of the same length, paired by class.
In brackets the 95 % interval of the difference; of shares in points.

${table([
  [`${classes} classes`, 'the words as they are', ...Object.values(CONTROLS)],
  ...TESTED.map((m) => [
    label(m),
    value(m, test(permuted, m).values[0]),
    ...Object.keys(CONTROLS).map((run) => {
      const { values, interval } = test(run, m);
      return `${value(m, values[1])} (${differenceInterval(m, interval)})`;
    }),
  ]),
  ['median relative change', medianChange(first), ...Object.keys(CONTROLS).map(medianChange)],
])}

**Answer.**

- With words that mean nothing every rank is where chance has it, so what transfers is in the words: all eight measures differ, ${p(...keys(permuted), ...keys(random))}.
- With frozen random features all eight fall (${p(...keys(frozen))}), but the loss changes by ${medianChange(frozen)} in the median, and with permuted words still by ${medianChange(permuted)}: that much of the poster's measure is the centre of the space.
- **Word vectors as targets are not what makes it work.** A classifier that was taught unrelated classes, and whose softmax then weighs the words of its ten best guesses (ConSE, Norouzi et al. 2014), lands about as close to
  the unseen words as a network that was taught the vectors (AUSUC ${shown('ausuc')}, ${p(key(oneHot, 'ausuc'))}; hit@5 with two constants ${shown('twoConstantsHit5')}, ${p(key(oneHot, 'twoConstantsHit5'))}).
  The words are needed to read the answer. The smallest differences that this comparison could have found, four times in five and before correction: ${detectable('heldOutRank')} in rank of 20, ${fixed(100 * test(oneHot, 'heldOutHit5').detectable, 1)} points in hit@5 of 20, ${detectable('ausuc')} in AUSUC.
`;
};
