/** Words beyond the labels, as rows of a map: what the map's own words are, from any word of the vocabulary. */

import { nearestRows } from '../../layout/index.js';
import { Best } from '../../util/best.js';
import { LexelError } from '../../util/errors.js';
import { prepareCandidates, scoreCandidates } from '../../util/metrics.js';
import { nearestSpellings } from '../../util/spelling.js';
import { unitRows } from '../../util/unit-rows.js';
import { labelVectors, type WordVectors } from '../../words/index.js';
import { MAP_NEIGHBOURS, MAP_WORDS } from '../messages/map.js';
import { type MapWord, type MapWords, MOST_SUGGESTED } from '../messages/map-words.js';
import type { MapRows } from './map-rows.js';

/** A word without its place, and its unit row [d]. */
export interface FoundWord {
  readonly about: Omit<MapWord, 'place' | 'neighbours'>;
  readonly row: Float32Array;
}

/**
 * Finds words in the vocabulary, centred like the map's words that no shown fold holds out ({@link MapRows.words}).
 * @param asked words as the reader wrote them
 */
export function findWordsFor(
  { folds: [fold] }: Pick<MapRows, 'folds'>,
  vocabulary: WordVectors,
  asked: readonly string[],
): { readonly found: readonly FoundWord[]; readonly unknown: MapWords['unknown'] } {
  const { targets, directionless } = fold.space;
  const labels = prepareCandidates(targets, fold.mu, 'cosine', directionless);
  const found: FoundWord[] = [];
  const unknown: MapWords['unknown'] = [];
  for (const word of asked) {
    try {
      const { vectors, sources } = labelVectors(vocabulary, [word]);
      if (vectors.every((value) => value === 0)) {
        unknown.push({ word, reason: `the vector of ${word} is zero, so it has no direction` });
        continue;
      }
      const placed = fold.space.transform(vectors);
      const scores = new Float64Array(labels.count);
      scoreCandidates(placed, 0, labels, scores);
      const best = new Best(MAP_WORDS);
      best.takeAll(scores);
      const { rows, scores: cosines } = best.found();
      const nearest = Array.from(rows, (index, i) => ({ class: index, cosine: cosines[i] }));
      const about = { word, keys: [...sources[0].words], nearest };
      found.push({ about, row: unitRows(placed, fold.mu) });
    } catch (error) {
      if (!(error instanceof LexelError)) throw error;
      const near = nearestSpellings(word, vocabulary.words, 3);
      unknown.push({
        word,
        reason: `“${word}” is not among the ${vocabulary.count.toLocaleString('en')} words of ${vocabulary.source}`,
        hint: near.length > 0 ? `Nearest spellings: ${near.join(', ')}.` : undefined,
      });
    }
  }
  return { found, unknown };
}

/** The points nearest to a row. @param fitted unit rows of all points at the last epoch, [n, d] */
export function neighboursOf(fitted: Float32Array, row: Float32Array): MapWord['neighbours'] {
  const { rows, distances } = nearestRows(fitted, row, row.length, MAP_NEIGHBOURS);
  return Array.from(rows, (point, i) => ({ point, cosine: cosineOf(distances[i]) }));
}

/** The cosine of two unit rows, from their distance: |a − b|² = 2 − 2 cos. */
export const cosineOf = (distance: number) => 1 - distance ** 2 / 2;

/** The words of a vocabulary that begin with a text; capitals make no difference. */
export function suggestedWords({ words }: WordVectors, begins: string): string[] {
  const wanted = begins.toLowerCase();
  const suggested: string[] = [];
  if (wanted === '') return suggested;
  for (const word of words) {
    if (word.length < wanted.length || word.slice(0, wanted.length).toLowerCase() !== wanted) continue;
    if (suggested.push(word) === MOST_SUGGESTED) break;
  }
  return suggested;
}
