/** Words that the reader has added to a map: points after the words of the labels. */

import { MAP_NEIGHBOURS, MAP_WORDS, type MapNeighbours } from '../../../src/server/messages/map.js';
import { type MapWord, MOST_ADDED } from '../../../src/server/messages/map-words.js';
import type { LoadedMap, Places } from './load-map.js';

/** Words as the address holds them: no vocabulary has words with spaces. */
export const wordsOf = (text: string | undefined): readonly string[] =>
  [...new Set((text ?? '').split(' ').filter(Boolean))].slice(0, MOST_ADDED);

/** The map with further words, each of a class of its own. */
export function withWords(base: LoadedMap, added: readonly MapWord[]): LoadedMap {
  const { about, points, count } = base;
  if (added.length === 0) return base;
  const first = about.classes.length;
  const fill = <Of extends Int32Array | Float32Array>(
    array: Of,
    width: number,
    value: (word: MapWord, i: number, j: number) => number,
  ): Of =>
    inserted(
      array,
      about.words * width,
      added.flatMap((word, i) => Array.from({ length: width }, (_, j) => value(word, i, j))),
    );
  return {
    ...base,
    added,
    count: count + added.length,
    about: {
      ...about,
      words: about.words + added.length,
      classes: [
        ...about.classes,
        ...added.map(({ word }) => ({ label: word, superclass: null, heldOut: false, meanRank: null })),
      ],
    },
    points: {
      classOf: fill(points.classOf, 1, (_, i) => first + i),
      id: fill(points.id, 1, () => -1),
      fold: fill(points.fold, 1, () => 0),
      rank: fill(points.rank, 1, () => Number.NaN),
      nearest: fill(points.nearest, MAP_WORDS, ({ nearest }, _, j) => nearest[j]?.class ?? -1),
      cosine: fill(points.cosine, MAP_WORDS, ({ nearest }, _, j) => nearest[j]?.cosine ?? 0),
    },
  };
}

/** Places at each epoch with those of further words, which are the same at every epoch. */
export function withPlaces(
  base: LoadedMap,
  { epochs, fitted }: Places,
  added: readonly MapWord['place'][],
): readonly Float32Array[] {
  if (added.length === 0) return epochs;
  const places = added.flatMap(([x, y]) => fitted(x, y));
  return epochs.map((epoch) => inserted(epoch, base.about.words * 2, places));
}

/** The point that a point of a map is on the same map with other words; −1 if its word is gone. */
export function movedPoint(from: LoadedMap, to: LoadedMap, point: number): number {
  const labels = from.about.words - from.added.length;
  if (point < labels) return point;
  if (point >= from.about.words) return point + to.added.length - from.added.length;
  const { word } = from.added[point - labels];
  const at = to.added.findIndex((one) => one.word === word);
  return at < 0 ? -1 : labels + at;
}

function inserted<Of extends Int32Array | Float32Array>(
  array: Of,
  at: number,
  values: readonly number[],
): Of {
  const all = new (array.constructor as new (length: number) => Of)(array.length + values.length);
  all.set(array.subarray(0, at));
  all.set(values, at);
  all.set(array.subarray(at), at + values.length);
  return all;
}

/** Neighbours of a map's own points, with those of its added words. */
export function withNeighbours(
  { about, added }: LoadedMap,
  { points, cosine }: MapNeighbours,
): MapNeighbours {
  const labels = about.words - added.length;
  const moved = (point: number) => (point >= labels ? point + added.length : point);
  const at = labels * MAP_NEIGHBOURS;
  const each = <Of>(value: (of: MapWord['neighbours'][number] | undefined) => Of) =>
    added.flatMap(({ neighbours }) => Array.from({ length: MAP_NEIGHBOURS }, (_, j) => value(neighbours[j])));
  return {
    points: inserted(
      points.map(moved),
      at,
      each((one) => (one ? moved(one.point) : -1)),
    ),
    cosine: inserted(
      cosine,
      at,
      each((one) => one?.cosine ?? 0),
    ),
  };
}
