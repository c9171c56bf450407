import { otherEngines } from '../engines.mjs';
import { pooled, summary } from '../kept.mjs';
import { change, difference, fixed, label, p, table, test, value } from '../text.mjs';
import { POSTER } from './loo.mjs';

/** What the start could change in what a network has learned. */
const LEARNED = ['heldOutRank', 'heldOutHit1', 'heldOutHit5', 'ausuc'];
const OURS = 'rotations-poster/seed-0';
const PYTORCH = 'rotations-pytorch-start';

export default () => {
  const ours = summary(OURS);
  const at = (variance) => {
    const { curve } = ours.start;
    return curve.reduce((best, point) =>
      Math.abs(point.variance - variance) < Math.abs(best.variance - variance) ? point : best,
    );
  };
  const rows = [
    [
      'start',
      'variance of the untrained output',
      'classes improved',
      'median relative change',
      'mean vector: improved',
      'mean vector: median',
      ...LEARNED.map(label),
    ],
  ];
  const add = (name, run) => {
    const s = summary(run);
    const { of } = pooled(run);
    const { initial: own } = s.change;
    const { initial: mean } = s.meanVectorChange;
    rows.push([
      name,
      fixed(s.start.own, 4),
      `${own.improved} of ${own.count}`,
      change(own.median),
      `${mean.improved} of ${mean.count}`,
      change(mean.median),
      ...LEARNED.map((measure) => value(measure, of[measure].mean)),
    ]);
  };
  add("Lexel's (last layer normal, deviation 0.01)", OURS);
  add("PyTorch's defaults (`--init pytorch`)", PYTORCH);
  const [small, large] = [at(0.04), at(0.16)];
  const moved = (what) => {
    const [from, to] = [OURS, PYTORCH].map((run) => summary(run)[what].initial.median);
    return fixed(100 * (from - to), 1);
  };
  const learned = LEARNED.map((m) => {
    const key = `start/${PYTORCH}/${m}`;
    const { difference: mean, interval } = test(key);
    return `${label(m)} ${difference(m, { mean, interval })}, ${p(key)}`;
  });
  const enough = ours.start.curve.find(({ median }) => median <= POSTER.median);
  return `### What the start does to the poster's numbers

The relative change compares the end of training with its start, and the poster does not say how its network was initialised.
The same five rotations, seed 0, trained from two starts:

${table(rows)}

With PyTorch's start the median comes ${moved('change')} points closer to the poster's, of which the mean vector's own median explains ${moved('meanVectorChange')}. What the networks learned, paired by class: ${learned.join('; ')}. This is one seed of each.${otherEngines(OURS, PYTORCH)}
A larger output at the start makes every change look better, whatever was learned: the mean vector, which looks at no image, reaches ${change(small.median)} (${small.improved} of ${ours.start.count} improved) if the untrained output has variance ${fixed(small.variance, 2)}, and
${change(large.median)} (${large.improved}) at ${fixed(large.variance, 2)}. A median of ${change(POSTER.median)}, the poster's, needs no more than a start of variance ${fixed(enough.variance, 2)}, where the mean vector improves ${enough.improved} classes (the poster's network: ${POSTER.improved}).

![What the start alone gives](images/start.png)
`;
};
