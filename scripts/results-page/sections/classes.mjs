import { summary } from '../kept.mjs';
import { change, fixed, percent, table } from '../text.mjs';

/** Empty where the class has not been held out alone yet. */
const aloneCells = (c) =>
  c
    ? [
        change(c.change.initial),
        change(c.meanVectorChange.initial),
        fixed(c.centredCosine, 2),
        fixed(c.all.rank, 1),
        percent(c.all.hit5, 0),
      ]
    : Array(5).fill('');

export default () => {
  const classes = [...summary('rotations-poster').classes].sort(
    (a, b) => a.change.initial - b.change.initial,
  );
  const alone = new Map(summary('loo-poster').classes.map((c) => [c.label, c]));
  return `## Class by class

\`rotations-poster\`, seed 0, sorted by relative change; *mean vector* is the change that always answering the mean of the seen words makes. *Alone*: the class was held out by itself (\`loo-poster\`), not with 19 others.

![Relative change and centred cosine of every class](images/classes.png)

${table([
  [
    'class',
    'rotation',
    'change',
    'mean vector',
    'skill',
    'calibrated skill',
    'centred cosine',
    'rank of 100',
    'hit@5 of 100',
    'rank of 20',
    'alone: change',
    'mean vector',
    'centred cosine',
    'rank of 100',
    'hit@5 of 100',
  ],
  ...classes.map((c) => [
    c.label,
    c.fold.replace('rotation-', ''),
    change(c.change.initial),
    change(c.meanVectorChange.initial),
    fixed(c.skill, 2),
    fixed(c.calibratedSkill, 2),
    fixed(c.centredCosine, 2),
    fixed(c.all.rank, 1),
    percent(c.all.hit5, 0),
    fixed(c.heldOut.rank, 1),
    ...aloneCells(alone.get(c.label)),
  ]),
])}
`;
};
