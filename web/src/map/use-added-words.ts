/** Asks the studio for the places of added words. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import type { MapMethod } from '../../../src/server/messages/map.js';
import { type MapWord, mapWordsSchema } from '../../../src/server/messages/map-words.js';
import { PATHS } from '../../../src/server/paths.js';
import { postJson, SourceError } from '../source.js';
import { withWords } from './added-words.js';
import type { LoadedMap } from './load-map.js';

/** What the studio has answered, by method and word. */
type Answers = Readonly<Record<MapMethod, ReadonlyMap<string, MapWord>>>;
const NONE: Answers = { pca: new Map(), umap: new Map() };

export interface AddedWords {
  /** The map with those words that have a place by some method. */
  readonly map: LoadedMap;
  /** Their places by a method, NaN while they are not known. */
  readonly placesBy: (method: MapMethod) => readonly MapWord['place'][];
  /** Words that have no place, with the reason. */
  readonly unknown: ReadonlyMap<string, string>;
  readonly waiting: boolean;
  readonly fault: SourceError | null;
  readonly retry: () => void;
}

/**
 * Asks the studio for words that are not known yet.
 * @param asks false in an export, which has no vocabulary
 */
export function useAddedWords(
  base: LoadedMap,
  words: readonly string[],
  method: MapMethod,
  asks: boolean,
): AddedWords {
  const [answers, setAnswers] = useState(NONE);
  const [unknown, setUnknown] = useState<ReadonlyMap<string, string>>(new Map());
  const [fault, setFault] = useState<SourceError | null>(null);
  const [turn, setTurn] = useState(0);
  const missing = asks ? words.filter((word) => !answers[method].has(word) && !unknown.has(word)) : [];
  const wanted = missing.join(' ');
  useEffect(() => {
    setFault(null);
    if (wanted === '') return;
    let gone = false;
    postJson(PATHS.mapWords(base.id, base.fold), mapWordsSchema, {
      words: wanted.split(' '),
      by: method,
    }).then(
      (answer) => {
        if (gone) return;
        const own = answer.words.map((one) => [one.word, one] as const);
        setAnswers((before) => ({ ...before, [method]: new Map([...before[method], ...own]) }));
        const reasons = answer.unknown.map(
          ({ word, reason, hint }) => [word, hint ? `${reason}. ${hint}` : `${reason}.`] as const,
        );
        setUnknown((before) => new Map([...before, ...reasons]));
      },
      (error: unknown) => {
        if (!gone) setFault(error instanceof SourceError ? error : new SourceError(base.id, String(error)));
      },
    );
    return () => {
      gone = true;
    };
  }, [base, method, wanted, turn]);
  const shown = words.flatMap(
    (word) => answers[method].get(word) ?? answers.pca.get(word) ?? answers.umap.get(word) ?? [],
  );
  const list = shown.map(({ word }) => word).join(' ');
  const map = useMemo(() => withWords(base, shown), [base, list]);
  return {
    map,
    placesBy: (by) => shown.map(({ word }) => answers[by].get(word)?.place ?? [Number.NaN, Number.NaN]),
    unknown,
    waiting: wanted !== '' && fault === null,
    fault,
    retry: () => setTurn(turn + 1),
  };
}
