import { summary } from '../kept.mjs';
import { change, fixed, percent, table } from '../text.mjs';

export default () => {
  const classes = [...summary('rotations-poster').classes].sort(
    (a, b) => a.change.initial - b.change.initial,
  );
  return `## Class by class

\`rotations-poster\`, seed 0, sorted by relative change; *mean vector* is the change that always answering the mean of the seen words makes.

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
  ]),
])}
`;
};
