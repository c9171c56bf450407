import { has, seedsOf, summary } from '../kept.mjs';
import { number } from '../text.mjs';

export default () => {
  const { finished } = summary('loo-poster').folds;
  const open = [
    finished < 100 && `${number(finished)} of 100 folds of the poster's own protocol`,
    seedsOf('rotations-poster') < 5 &&
      `${number(seedsOf('rotations-poster'))} of five seeds of the rotations`,
    !has('rotations-micronet') && '`micronet` and `efficientnet-b0`',
    !has('loo-permuted') && 'the permuted control for single classes',
  ].filter(Boolean);
  return `## Limits

${open.length > 0 ? `- The experiment is not finished: the page has ${open.slice(0, 2).join(' and ')}${open.length > 2 ? `, and lacks ${open.slice(2).join(' and ')}` : ''}. \`scripts/experiments.mjs\` goes on where it stopped.\n` : ''}- One data set of 32 × 32 images, one set of word vectors (\`glove.6B.100d\`, restricted to the 100 labels; how its multi-word labels were formed is not stated), and mostly one network.
- Groups of 20 held-out classes are harder than the poster's single class: a held-out class keeps only some of its relatives in training.
- A label formed as the mean of its words shares words with its siblings. Correlations are therefore repeated without multi-word labels.
- The poster's network and start are not known. Numbers that depend on them (improved classes, relative change) can be compared with the poster's only roughly.
- Superclasses are the units of every interval and test. There are 20, so differences below the stated smallest detectable ones stay unseen.
`;
};
