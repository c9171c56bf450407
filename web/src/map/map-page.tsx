/** The map of a run: images and words in one space. The address holds method, epoch, class, search and view. */

import { useEffect, useState } from 'preact/hooks';
import { href, route, setQuery } from '../route.js';
import { SourceError } from '../source.js';
import { Empty, Fault, Skeleton } from '../ui/states.js';
import { useTitle } from '../ui/title.js';
import { type LoadedMap, loadMap } from './load-map.js';
import './map.css';
import { MapView } from './map-view.js';

export default function MapPage() {
  useTitle('Map');
  const id = route.value.path[1];
  const fold = route.value.query.fold || undefined;
  const [map, setMap] = useState<LoadedMap | null>(null);
  const [fault, setFault] = useState<SourceError | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (id === undefined) return;
    const stop = new AbortController();
    setFault(null);
    loadMap(id, fold, stop.signal).then(setMap, (error: unknown) => {
      if (!stop.signal.aborted)
        setFault(error instanceof SourceError ? error : new SourceError(id, String(error)));
    });
    return () => stop.abort();
  }, [id, fold, turn]);
  if (id === undefined)
    return (
      <Empty title="No run is chosen">
        <p>
          Choose one in the <a href={href(['runs'])}>list of runs</a>; its results lead to its map.
        </p>
      </Empty>
    );
  if (fault)
    return (
      <>
        <h1>Map</h1>
        <Fault fault={fault} retry={() => setTurn(turn + 1)} />
        {fold && (
          <button type="button" onClick={() => setQuery({ fold: undefined })}>
            Show all folds
          </button>
        )}
      </>
    );
  if (map?.id !== id || map.fold !== fold)
    return <Skeleton height="80vh" what="The map is loading; the first time it takes some seconds" />;
  return <MapView key={`${id} ${fold ?? ''}`} map={map} />;
}
