import { has, summary } from '../kept.mjs';
import { change, fixed, table } from '../text.mjs';

export default () => {
  const ours = summary('rotations-poster');
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
    ],
  ];
  const add = (name, s) => {
    const { initial: own } = s.change;
    const { initial: mean } = s.meanVectorChange;
    rows.push([
      name,
      fixed(s.start.own, 4),
      `${own.improved} of ${own.count}`,
      change(own.median),
      `${mean.improved} of ${mean.count}`,
      change(mean.median),
    ]);
  };
  add("Lexel's (last layer N(0, 0.01))", ours);
  if (has('rotations-pytorch-start'))
    add("PyTorch's defaults (`--init pytorch`)", summary('rotations-pytorch-start'));
  const [small, large] = [at(0.04), at(0.16)];
  return `### What the start does to the poster's numbers

The relative change compares the end of training with its start, and the poster does not say how its network was initialised.
${has('rotations-pytorch-start') ? 'The same five rotations, seed 0, trained from two starts:' : "With PyTorch's start the same has not been run yet."}

${table(rows)}

A larger output at the start makes every number look better, whatever was learned: the mean vector, which looks at no image, reaches ${change(small.median)} (${small.improved} of ${ours.start.count} improved) if the untrained output has variance ${fixed(small.variance, 2)}, and
${change(large.median)} (${large.improved}) at ${fixed(large.variance, 2)}. The poster's −31.0 % and 86 of 100 are within what the start alone can do.

![What the start alone gives](images/start.png)
`;
};
