import { NETS, SEEDS } from '../../experiments/plan.mjs';
import { has, seedsOf, summary } from '../kept.mjs';
import { list, number } from '../text.mjs';

export default () => {
  const { finished } = summary('loo-poster').folds;
  const seeds = seedsOf('rotations-poster');
  const partly = [
    finished < 100 && `${number(finished)} of 100 folds of the poster's own protocol`,
    seeds < SEEDS.length && `${number(seeds)} of ${number(SEEDS.length)} seeds of the rotations`,
  ].filter(Boolean);
  const missing = [
    ...NETS.filter((net) => !has(`rotations-${net}`)).map((net) => `\`${net}\``),
    !has('loo-permuted') && 'the permuted control for single classes',
  ].filter(Boolean);
  const open = [
    partly.length > 0 && `has ${list(partly)}`,
    missing.length > 0 && `lacks ${list(missing)}`,
  ].filter(Boolean);
  return `## Limits

${open.length > 0 ? `- The experiment is not finished: this page ${open.join(', and ')}. \`scripts/experiments.mjs\` goes on where it stopped.\n` : ''}- One data set of 32 × 32 images, one set of word vectors (\`glove.6B.100d\`, restricted to the 100 labels; how its multi-word labels were formed is not stated), and mostly one network.
- Groups of 20 held-out classes are not the poster's single class. In a rotation a class keeps its four siblings in training, but relatives of other superclasses may be held out with it.
- A label formed as the mean of its words shares words with its siblings. Correlations are therefore repeated without multi-word labels.
- The poster's network and start are not known. Numbers that depend on them (improved classes, relative change) can be compared with the poster's only roughly.
- There are 20 superclasses, the units of intervals and tests, so differences below the stated smallest detectable ones stay unseen. Fewer are covered where not all classes have been held out yet.
`;
};
