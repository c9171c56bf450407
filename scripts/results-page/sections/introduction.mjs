import { json, load, seedsOf } from '../kept.mjs';
import { counted } from '../text.mjs';

export default () => `# Results on CIFAR-100

Does a small network that was trained to answer images with word vectors place a class that it has never seen near that class's word? This page answers
with the poster's own protocol (one class held out), with twenty classes held out at once, with controls that take one thing away, and with a
recipe that does better than the poster's.

**How to read it.** Most tables say what no transfer would give: a permutation null, a control, or chance. Intervals are 95 % and draw
superclasses (and seeds, where there are several), since classes of one superclass are tested on networks that share their relatives; correlations and word arithmetic have
other units, named there. Every p is a two-sided sign-flip test over superclasses, Holm-corrected over the ${json('comparisons.json').tests.length} tests in [results/comparisons.json](results/comparisons.json), of which this page cites some.

Terms are defined in [DEFINITIONS.md](DEFINITIONS.md). The most frequent: *rotations* are five sets of 20 classes held out together (below). *Flat after* is the epoch from which the loss on held-out classes no longer falls. *Centred cosine* is the cosine of answer and word,
both less the mean of the seen words. *Two constants*: one number is added to all seen and one to all unseen labels' scores, chosen on seen classes. *AUSUC* is the area under the curve of accuracy on seen classes against accuracy on unseen ones while a constant holds seen labels back.
Networks, settings and recipes were chosen on rotation 4, so recipes are judged on rotations 0 to 3, and the main table has a column without it.

**How it was made.** \`node scripts/experiments.mjs --out runs --keep docs/results\` trains the runs of this page and keeps a record of each fold in
[results](results) (older runs, which are kept as tables of classes or as numbers alone, are marked); \`node scripts/results-page.mjs\` computes this page from the records, and a test compares the two. Unless stated otherwise: network \`lite\` (${load('rotations-poster').folds[0].record.start.parameters.toLocaleString('en')}
parameters), 25 epochs, preset \`adamw\`, batch 128, recipe \`poster\` (raw GloVe vectors of 100 dimensions, mean squared error), pixels normalised with the fold's own training images,
${counted(seedsOf('rotations-poster'), 'seed')} for the main runs and one for the others, if nothing else is said. Training images whose pixels equal a held-out image's are dropped (ten test images of CIFAR-100 recur in training).
`;
