import { load, seedsOf } from '../kept.mjs';
import { counted } from '../text.mjs';

export default () => `# Results on CIFAR-100

Does a small network that was trained to answer images with word vectors place a class that it has never seen near that class's word? This page answers
with the poster's own protocol (one class held out), with twenty classes held out at once, with controls that take one thing away, and with a
recipe that does better than the poster's.

**How to read it.** Every number comes with what no transfer would give: a permutation null, a control, or chance. Intervals are 95 % and draw the 20
superclasses (and seeds, where there are several), since classes of one superclass are tested on networks that share their relatives. Every p is a
two-sided sign-flip test over superclasses, Holm-corrected over all tests of this page ([results/comparisons.json](results/comparisons.json)).
Terms are defined in [DEFINITIONS.md](DEFINITIONS.md). Rotation 4 chose networks, settings and recipes; where something was chosen, results are of rotations 0 to 3.

**How it was made.** \`node scripts/experiments.mjs --out runs --keep docs/results\` trains every run of this page and keeps a record of each fold in
[results](results); \`node scripts/results-page.mjs\` computes this page from the records, and a test compares the two. Unless stated otherwise: network \`lite\` (${load('rotations-poster').folds[0].record.start.parameters.toLocaleString('en')}
parameters), 25 epochs, preset \`adamw\`, batch 128, recipe \`poster\` (raw GloVe vectors of 100 dimensions, mean squared error), pixels normalised with the fold's own training images,
${counted(seedsOf('rotations-poster'), 'seed')} for the main runs and one for the others. Training images whose pixels equal a held-out image's are dropped (ten test images of CIFAR-100 recur in training).
`;
