/** Files of a map that are loaded after it: places by a method, and pictures. */

import { useEffect, useState } from 'preact/hooks';
import type { MapMethod } from '../../../src/server/messages/map.js';
import { SourceError } from '../source.js';
import { type LoadedMap, loadAtlas, loadPlaces, type Places } from './load-map.js';

/** Places by a method; null while they are computed. */
export function usePlaces(map: LoadedMap, method: MapMethod) {
  const [found, setFound] = useState<{ method: MapMethod; places: Places }>({
    method: 'pca',
    places: map.pca,
  });
  const [fault, setFault] = useState<SourceError | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setFault(null);
    loadPlaces(map, method, stop.signal).then(
      (places) => setFound({ method, places }),
      (error: unknown) => {
        if (!stop.signal.aborted)
          setFault(error instanceof SourceError ? error : new SourceError(method, String(error)));
      },
    );
    return () => stop.abort();
  }, [map, method, turn]);
  return {
    places: found.method === method ? found.places : null,
    fault,
    retry: () => setTurn(turn + 1),
  };
}

/** Decoded atlases; null for those that are not there yet. */
export function useAtlases(map: LoadedMap): readonly (ImageBitmap | null)[] {
  const count = map.about.pictures?.atlases ?? 0;
  const [atlases, setAtlases] = useState<readonly (ImageBitmap | null)[]>(() => Array(count).fill(null));
  useEffect(() => {
    const stop = new AbortController();
    for (let index = 0; index < count; index++)
      loadAtlas(map, index, stop.signal).then(
        (atlas) => setAtlases((before) => before.map((one, i) => (i === index ? atlas : one))),
        () => {
          // It stays "not loaded" in the line below the map.
        },
      );
    return () => stop.abort();
  }, [map, count]);
  return atlases;
}
