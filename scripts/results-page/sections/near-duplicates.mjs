import { columnOf } from '../../../dist/statistics/fold-columns.js';
import { rankOf } from '../../../dist/util/metrics.js';
import { json, load } from '../kept.mjs';
import { fixed, percent } from '../text.mjs';

/** Mean over classes of rank and hit@5 among all labels, of the images that are kept. */
function means(keep) {
  const { run, folds } = load('rotations-poster');
  const classes = folds.flatMap(({ heldOut, measures }) => {
    const places = columnOf(measures, 'image.places');
    const starts = heldOut.map((_, c) => heldOut.slice(0, c).reduce((sum, each) => sum + each.images, 0));
    return heldOut.map(({ index, images }, c) => {
      const label = run.run.dataset.classes[index];
      const own = [...places.subarray(starts[c], starts[c] + images)].filter((_, i) => keep(label, i));
      const sum = own.reduce((total, x) => total + x, 0);
      return { rank: rankOf(sum, own.length), hit5: own.filter((x) => x < 10).length / own.length };
    });
  });
  const mean = (of) => classes.reduce((sum, c) => sum + of(c) / classes.length, 0);
  return { rank: mean((c) => c.rank), hit5: mean((c) => c.hit5) };
}

export default () => {
  const { found, testImages, otherLabel, threshold, orderedHash } = json('near-duplicates.json');
  if (orderedHash !== load('rotations-poster').run.run.dataset.orderedHash)
    throw new Error('near-duplicates.json is about images in another order than the run had');
  const images = new Set(otherLabel.map(({ class: label, place }) => `${label}/${place}`));
  const all = means(() => true);
  const less = means((label, place) => !images.has(`${label}/${place}`));
  return `## Near-duplicates

CIFAR-100's test images are not all new: Barz & Denzler (2020, ciFAIR) found near-duplicates of some 9 % of them in training. \`node scripts/near-duplicates.mjs\` looks for test images whose differences between neighbouring pixels correlate at ${threshold} or more with those of a training image, as they are or mirrored: ${found} of ${testImages.toLocaleString('en')}
(${percent(found / testImages)}). That is fewer than ciFAIR's, so this search misses some; of its pairs near the threshold about half are the same picture to the eye. ${found - otherLabel.length} of the ${found} are of the same class and flatter the accuracy on seen classes. A held-out class's training images are never trained on; what could leak is a near-duplicate
under another label, and the search finds ${otherLabel.length} of these, true and false ones together.
Without these ${otherLabel.length} test images the mean rank among all 100 labels is ${fixed(less.rank, 2)} instead of ${fixed(all.rank, 2)} and hit@5 ${percent(less.hit5, 2)} instead of ${percent(all.hit5, 2)} (rotations, seed 0): near-duplicates do not carry the results.
`;
};
