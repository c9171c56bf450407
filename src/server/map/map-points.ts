/** What a map says about each of its points: class, image, fold, rank, and the nearest words. */
import type { FoldData } from '../../statistics/index.js';
import { Best } from '../../util/best.js';
import { type Candidates, placeOf, prepareCandidates, scoreCandidates } from '../../util/metrics.js';
import { MAP_WORDS, type MapPoints } from '../messages/map.js';
import { imageCount, type MapRows } from './map-rows.js';

export function mapPoints({ folds, words, heldOut, seen, dimension: d }: MapRows): MapPoints {
  const images = [...heldOut, ...seen];
  const n = words.length + imageCount(images);
  const points: MapPoints = {
    classOf: new Int32Array(n),
    id: new Int32Array(n).fill(-1),
    fold: new Int32Array(n),
    rank: new Float32Array(n).fill(Number.NaN),
    nearest: new Int32Array(n * MAP_WORDS).fill(-1),
    cosine: new Float32Array(n * MAP_WORDS),
  };
  const place = new Map(folds.map((fold, i) => [fold, i]));
  const candidates = new Map<FoldData, Candidates>();
  const candidatesOf = (fold: FoldData) => {
    const { targets, directionless } = fold.space;
    const found = candidates.get(fold) ?? prepareCandidates(targets, fold.mu, 'cosine', directionless);
    candidates.set(fold, found);
    return found;
  };
  let at = 0;
  const describe = (fold: FoldData, index: number, row: Float32Array, i: number, id: number) => {
    const among = candidatesOf(fold);
    const scores = new Float64Array(among.count);
    scoreCandidates(row, i, { ...among, mu: new Float64Array(d) }, scores);
    points.classOf[at] = index;
    points.id[at] = id;
    points.fold[at] = place.get(fold)!;
    if (id >= 0) {
      const { above, tied } = placeOf(scores, index);
      points.rank[at] = 1 + above + tied / 2;
    } else scores[index] = Number.NEGATIVE_INFINITY;
    const best = new Best(MAP_WORDS);
    best.takeAll(scores);
    const { rows, scores: cosines } = best.found();
    points.nearest.set(rows, at * MAP_WORDS);
    points.cosine.set(cosines, at * MAP_WORDS);
    at++;
  };
  for (const { fold, index, row } of words) describe(fold, index, row, 0, -1);
  for (const { fold, index, rows, ids } of images)
    for (let i = 0; i < ids.length; i++) describe(fold, index, rows.at(-1)!, i, ids[i]);
  return points;
}
