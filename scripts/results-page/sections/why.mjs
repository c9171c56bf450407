import { summary } from '../kept.mjs';
import { fixed } from '../text.mjs';

export default () => {
  const { correlations } = summary('rotations-poster').why;
  const rho = (outcome, predictor, of = 'all') =>
    correlations.find((c) => c.outcome === outcome && c.predictor === predictor)[of];
  const shown = (outcome) => {
    const { rho: r, interval } = rho(outcome, 'nearest');
    return `${fixed(r, 2)} (${fixed(interval.low, 2)} to ${fixed(interval.high, 2)})`;
  };
  const outcomes = ['gain', 'centredCosine', 'calibratedSkill'];
  return `**Why classes differ** (seed 0). Classes with a close relative among the seen words do best, as the poster found. Spearman's ρ with the cosine to the nearest seen label: gain ${shown('gain')}, centred cosine ${shown('centredCosine')}, calibrated skill
${shown('calibratedSkill')}; without the multi-word labels, which share words with their siblings, ${outcomes.map((o) => fixed(rho(o, 'nearest', 'singleWord').rho, 2)).join(', ')}. These intervals take classes as independent and are somewhat too narrow. The gain is confounded: it
follows the mean vector's own gain at ${fixed(rho('gain', 'meanVectorGain').rho, 2)}. Every class has four seen siblings here, so the effect of their number cannot be studied.
`;
};
