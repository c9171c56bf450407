/** Computes a fold's columns (fold-columns.ts) from its outputs. Outputs are measured only here. */
import { classMeans } from '../train/predict.js';
import { joinArrays } from '../util/join-arrays.js';
import { centredCosine, meanRow, mse, prepareCandidates, type Ranks } from '../util/metrics.js';
import type { Columns, FoldMeasures } from './fold-columns.js';
import { chosenReading, runReading } from './fold-reading.js';
import { answersOf, type FoldAnswers, type FoldData } from './load.js';
import {
  directed,
  distanceColumns,
  heldOutColumns,
  hierarchicalColumn,
  rankColumns,
  ranksAmongAll,
  type Scored,
  scoringColumns,
} from './rank-columns.js';
import { readSeenImages, type SeenImages } from './zero-shot/fold.js';
import { seenSteps, unseenColumns } from './zero-shot/gaps.js';
import { route } from './zero-shot/generalised.js';
import { cslsMatrix } from './zero-shot/hubness.js';
import { scoreMatrix } from './zero-shot/scores.js';
import { twoConstantsMatrix } from './zero-shot/two-constants.js';

/** A cache, because a report, its comparisons and the spread over seeds measure the same folds. */
const cache = new WeakMap<FoldData, FoldMeasures>();

/** The columns of a fold: from its record if there is one, else measured from its outputs. */
export function measureFold(fold: FoldData): FoldMeasures {
  const found = fold.measures ?? cache.get(fold) ?? measure(fold, answersOf(fold), readSeenImages(fold));
  cache.set(fold, found);
  return found;
}

function measure(fold: FoldData, answers: FoldAnswers, seen: SeenImages | null): FoldMeasures {
  const { directionless } = fold.space;
  const { heldOut, points, words } = answers;
  const candidates = prepareCandidates(words.targets, words.mu, 'cosine', directionless);
  const outputs = joinArrays(Float32Array, points);
  const scores = scoreMatrix(outputs, candidates);
  const scored: Scored = { fold, images: fold.heldOut.map(({ images }) => images), candidates };
  const cosine = ranksAmongAll(scores, scored);
  const routed = routeDirected(scores, seen, scored);
  const steps = seen && routed ? seenSteps(routed) : null;
  const columns: Columns = {
    images: Float64Array.from(scored.images),
    ...classColumns(fold, answers),
    ...pairColumns(fold, answers),
    ...readingColumns(fold, answers),
    ...scoringColumns('all', scores, scored, cosine),
    ...distanceColumns(fold, answers),
    ...heldOutColumns(fold, answers),
    ...hierarchicalColumn(scores, scored),
    // With one class only, the neighbours would all be the class's own images.
    ...(heldOut.length > 1 && scoringColumns('cslsHeldOut', cslsMatrix(scores, candidates, outputs), scored)),
    ...(seen && {
      ...scoringColumns('cslsSeen', cslsMatrix(scores, candidates, seen.outputs), scored),
      ...rankColumns(
        'twoConstants',
        ranksAmongAll(twoConstantsMatrix(scores, candidates, seen.outputs, fold.seen, directionless), scored),
        directed(candidates),
      ),
    }),
    ...(routed && {
      'image.places': placesOfImages(cosine, fold),
      ...unseenColumns(
        routed,
        fold.heldOut.map(({ index }) => index),
      ),
    }),
    ...(steps && { 'seen.steps': steps.steps }),
  };
  return { columns, seen: steps?.facts ?? null, seenCosine: seenCosine(fold, answers, seen) };
}

/** Losses and calibration terms of each class with its own word. */
function classColumns({ space, mu }: FoldData, { heldOut }: FoldAnswers): Columns {
  const { targets, dimension: d } = space;
  const of = (measure: (held: FoldAnswers['heldOut'][number], own: Float32Array) => number) =>
    Float64Array.from(heldOut, (held) =>
      measure(held, targets.subarray(held.index * d, (held.index + 1) * d)),
    );
  return {
    initialLoss: of(({ epoch0 }, own) => mse(epoch0, own)),
    firstEpochLoss: of(({ epoch1 }, own) => mse(epoch1, own)),
    finalLoss: of(({ last }, own) => mse(last, own)),
    dot: of(({ last }, own) => meanDot(last, own, mu)),
    energy: of(({ last }) => meanSquare(last, mu)),
    centre: of(({ last }) => meanSquare(meanRow(last, d), mu)),
    startSquares: of(({ epoch0 }) => epoch0.reduce((sum, x) => sum + x * x, 0)),
  };
}

/** Pair columns are scaled so that the largest absolute value is 127 units. */
const PAIR_UNITS = 127;

/**
 * Products with the words of the whole group, from which the permutation null computes its losses. They are
 * rounded to a byte. Over the 80 classes of four rotations, that changes a centred cosine by 0.0004 (one
 * standard deviation). With 2,000 permutations, the ends of its interval are uncertain by 0.0015.
 */
function pairColumns({ space, mu }: FoldData, { heldOut }: FoldAnswers): Columns {
  const { targets, dimension: d } = space;
  const of = (rows: 'last' | 'epoch0', centre: Float64Array) =>
    Float64Array.from(
      heldOut.flatMap((held) =>
        heldOut.map(({ index: v }) => meanDot(held[rows], targets.subarray(v * d, (v + 1) * d), centre)),
      ),
    );
  const columns = [of('last', mu), of('epoch0', new Float64Array(d))];
  const units = columns.map((values) => largest(values) / PAIR_UNITS);
  const [pairDot, pairStart] = columns.map((values, i) =>
    values.map((value) => (units[i] > 0 ? Math.round(value / units[i]) : 0)),
  );
  return { pairDot, pairStart, pairUnits: Float64Array.from(units) };
}

const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Mean over rows of (row − μ)·(word − μ). */
function meanDot(rows: Float32Array, word: Float32Array, mu: Float64Array): number {
  const d = mu.length;
  let sum = 0;
  for (let at = 0; at < rows.length; at += d)
    for (let j = 0; j < d; j++) sum += (rows[at + j] - mu[j]) * (word[j] - mu[j]);
  return sum / (rows.length / d);
}

/** Mean over rows of |row − μ|². */
function meanSquare(rows: Float32Array | Float64Array, mu: Float64Array): number {
  const d = mu.length;
  let sum = 0;
  for (let at = 0; at < rows.length; at += d) for (let j = 0; j < d; j++) sum += (rows[at + j] - mu[j]) ** 2;
  return sum / (rows.length / d);
}

/**
 * Routes the images whose words have a direction, held-out ones first. null if no held-out word has a
 * direction.
 */
function routeDirected(scores: Float64Array, seen: SeenImages | null, { fold, images, candidates }: Scored) {
  const { directionless } = fold.space;
  if (fold.heldOut.every(({ index }) => directionless.has(index))) return null;
  const all = seen ? joinArrays(Float64Array, [scores, scoreMatrix(seen.outputs, candidates)]) : scores;
  const labels = Int32Array.from([
    ...fold.heldOut.flatMap(({ index }, c) => Array<number>(images[c]).fill(index)),
    ...(seen?.labels ?? []),
  ]);
  if (directionless.size === 0) return route(all, labels, fold.seen);
  const { count } = candidates;
  const rows = [...labels.keys()].filter((i) => !directionless.has(labels[i]));
  const kept = joinArrays(
    Float64Array,
    rows.map((i) => all.subarray(i * count, (i + 1) * count)),
  );
  return route(
    kept,
    Int32Array.from(rows, (i) => labels[i]),
    fold.seen,
  );
}

/**
 * For each image whose word has a direction: how its own word ranks among all labels, as twice the number of
 * candidates above it plus the number of candidates that tie.
 */
function placesOfImages(cosine: readonly (readonly Ranks[])[], { heldOut, space }: FoldData): Float64Array {
  return joinArrays(
    Float64Array,
    heldOut.flatMap(({ index }, c) => {
      if (space.directionless.has(index)) return [];
      const { above, tied } = cosine[c][c];
      return [above.map((own, i) => 2 * own + tied[i])];
    }),
  );
}

/**
 * Centred cosines by another reading than the network's own; they cannot be computed from the columns of the
 * recipe's space.
 */
function readingColumns(fold: FoldData, { points, words }: FoldAnswers): Columns {
  if (chosenReading(runReading(fold)) === undefined) return {};
  const { targets, dimension: r, mu } = words;
  const cosines = points.flatMap((rows) => {
    const mean = meanRow(rows, r);
    return fold.heldOut.map(({ index: v }) => centredCosine(mean, targets.subarray(v * r, (v + 1) * r), mu));
  });
  return { 'reading.cosine': Float64Array.from(cosines) };
}

/**
 * Sum of the seen classes' centred cosines, each of the mean point of its test images. Classes whose images
 * were not kept are skipped.
 */
function seenCosine(fold: FoldData, answers: FoldAnswers, images: SeenImages | null) {
  const { seen, space } = fold;
  const { targets, dimension: r, mu } = answers.words;
  const own = chosenReading(runReading(fold)) === undefined;
  const means = own ? answers.seenMeans : images && classMeans(images.outputs, images.labels, [...seen], r);
  let sum = 0;
  let count = 0;
  for (const [i, c] of means ? seen.entries() : []) {
    if (space.directionless.has(c)) continue;
    sum += centredCosine(means!.subarray(i * r, (i + 1) * r), targets.subarray(c * r, (c + 1) * r), mu);
    count++;
  }
  return { sum, count };
}
