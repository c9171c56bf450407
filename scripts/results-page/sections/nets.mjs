import { has, pooled, summary } from '../kept.mjs';
import { percent, range, table, value } from '../text.mjs';

const NETS = [
  ['lite', 'rotations-poster'],
  ['efficientnet-b0', 'rotations-efficientnet-b0'],
  ['micronet', 'rotations-micronet'],
];

export default () => {
  const runs = NETS.filter(([, run]) => has(run));
  if (runs.length < 2) {
    return `## Other networks

Not run yet: \`micronet\` and \`efficientnet-b0\` over the five rotations (about three hours and one hour of training on two AVX-512 cores). So whether a better network transfers better is open.
One rotation says little: on rotation 0, seed 0, \`efficientnet-b0\` with a stem of stride 2 ended at seen hit@1 18 %, AUSUC 0.027 and hit@5 among the 20 of 54 %, where \`lite\` had 44 %, 0.079 and 62 %; the preset was tuned on \`lite\`.
`;
  }
  return `## Does a better network transfer better?

${table([
  ['network', 'seen hit@1', 'AUSUC', '95 % interval', 'hit@5 among the 20', '95 % interval'],
  ...runs.map(([net, run]) => {
    const { of } = pooled(run);
    return [
      `\`${net}\``,
      percent(summary(run).zeroShot.generalised.plain.seen),
      value('ausuc', of.ausuc.mean),
      range('ausuc', of.ausuc.interval),
      value('heldOutHit5', of.heldOutHit5.mean),
      range('heldOutHit5', of.heldOutHit5.interval),
    ];
  }),
])}
`;
};
