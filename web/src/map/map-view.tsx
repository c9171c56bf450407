/** A loaded map: the canvas with its tools, the classes, and what is selected. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { MAP_METHODS, type MapMethod } from '../../../src/server/messages/map.js';
import { href, route, setQuery } from '../route.js';
import { SourceError } from '../source.js';
import { save } from '../ui/download.js';
import { Fault } from '../ui/states.js';
import { ClassPanel } from './class-panel.js';
import type { MapController } from './controller.js';
import { EpochSteps } from './epoch-steps.js';
import type { Tool } from './gestures.js';
import { type LoadedMap, loadAtlas, loadPlaces } from './load-map.js';
import { MapCanvas } from './map-canvas.js';
import { csvOf, imagesOf, linksOf, marksOf, nameOf, wordPoint } from './selection.js';
import { SelectionPanel } from './selection-panel.js';

const METHOD_NAMES: Record<MapMethod, string> = { pca: 'PCA', umap: 'UMAP' };

export function MapView({ map }: { readonly map: LoadedMap }) {
  const { about } = map;
  const { query } = route.value;
  const method = MAP_METHODS.find((name) => name === query.by) ?? 'pca';
  const last = about.epochs.length - 1;
  const wanted = about.epochs.indexOf(Number(query.epoch ?? Number.NaN));
  const step = wanted < 0 ? last : wanted;
  const named = about.classes.findIndex(({ label }) => label === query.class);
  const chosenClass = named < 0 ? null : named;
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [focused, setFocused] = useState(-1);
  const [tool, setTool] = useState<Tool>('move');
  const controller = useRef<MapController | null>(null);
  const { places, fault, retry } = usePlaces(map, method);
  const atlases = useAtlases(map);
  const marks = useMemo(
    () => marksOf(map, chosenClass, focused >= 0 ? [...chosen, focused] : chosen),
    [map, chosenClass, chosen, focused],
  );
  const links = useMemo(() => linksOf(map, chosenClass), [map, chosenClass]);

  const chooseClass = (index: number | null) => {
    setChosen([]);
    setQuery({ class: index === null ? undefined : about.classes[index].label });
    if (index === null) return;
    const points = imagesOf(map, index);
    const word = wordPoint(map, index);
    controller.current?.flyToPoints(word < 0 ? points : [word, ...points]);
  };
  const choosePoint = (point: number) => {
    setFocused(point);
    if (point < 0 && chosen.length === 0) setQuery({ class: undefined });
  };
  const find = (text: string) => {
    const wantedLabel = text.trim().toLowerCase().replaceAll(' ', '_');
    const index = about.classes.findIndex(({ label }) => label.toLowerCase() === wantedLabel);
    setQuery({ q: text || undefined });
    if (index < 0) return;
    const word = wordPoint(map, index);
    if (word < 0) return;
    setFocused(word);
    controller.current?.flyToPoints([word]);
  };
  const byKey = (key: string): boolean => {
    const held = about.classes.flatMap(({ heldOut }, index) => (heldOut ? [index] : []));
    const at = chosenClass === null ? -1 : held.indexOf(chosenClass);
    switch (key) {
      case ']':
      case '[': {
        const next = key === ']' ? at + 1 : at < 0 ? held.length - 1 : at - 1;
        if (held.length > 0) chooseClass(held[(next + held.length) % held.length]);
        return true;
      }
      case 'PageUp':
      case 'PageDown': {
        const to = Math.max(0, Math.min(last, step + (key === 'PageDown' ? 1 : -1)));
        setQuery({ epoch: String(about.epochs[to]) });
        return true;
      }
      case 'Escape':
        setFocused(-1);
        setChosen([]);
        setQuery({ class: undefined });
        return true;
    }
    return false;
  };
  const shownClass = chosenClass === null ? [] : imagesOf(map, chosenClass);
  const listed = chosen.length > 0 ? chosen : shownClass;

  return (
    <div class="map-page">
      <div class="row map-head">
        <h1>Map</h1>
        <a href={href(['results', map.id])}>Results of this run</a>
        {about.choices.length > 1 && (
          <label>
            Fold{' '}
            <select
              value={map.fold ?? ''}
              onChange={({ currentTarget }) =>
                setQuery({
                  fold: currentTarget.value,
                  class: undefined,
                  x: undefined,
                  y: undefined,
                  z: undefined,
                })
              }
            >
              <option value="">all folds</option>
              {about.choices.map((fold) => (
                <option key={fold} value={fold}>
                  {fold.replaceAll('_', ' ')}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <p class="lead">
        Each picture lies where the network put it among the words, each word where its vector lies. The
        network was trained without images of the classes that are held out.{' '}
        {method === 'pca'
          ? `The two axes show ${Math.round((about.explained[0] + about.explained[1]) * 100)} % of the variance: what is near here may be far apart in other dimensions.`
          : 'UMAP keeps neighbours together; distances between groups mean little. Earlier epochs are placed among the points of the last.'}
        {about.restriction && ` ${about.restriction[0].toUpperCase()}${about.restriction.slice(1)}.`}
      </p>
      <div class="row tools" role="toolbar" aria-label="Map">
        <fieldset class="choice">
          <legend class="away">Method</legend>
          {MAP_METHODS.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === method}
              onClick={() => setQuery({ by: name === 'pca' ? undefined : name })}
            >
              {METHOD_NAMES[name]}
            </button>
          ))}
        </fieldset>
        <EpochSteps
          epochs={about.epochs}
          step={step}
          onStep={(to) => setQuery({ epoch: to === last ? undefined : String(about.epochs[to]) })}
        />
        <label>
          <span class="away">Find a word</span>
          <input
            type="search"
            list="map-words"
            placeholder="Find a word"
            value={query.q ?? ''}
            onInput={({ currentTarget }) => find(currentTarget.value)}
          />
        </label>
        <datalist id="map-words">
          {about.classes.map(({ label }, index) => (
            <option key={label} value={nameOf(map, index)} />
          ))}
        </datalist>
        <fieldset class="choice">
          <legend class="away">Zoom</legend>
          <button type="button" aria-label="Zoom in" onClick={() => controller.current?.zoom(1.5)}>
            +
          </button>
          <button type="button" aria-label="Zoom out" onClick={() => controller.current?.zoom(1 / 1.5)}>
            −
          </button>
          <button type="button" onClick={() => controller.current?.fit()}>
            Show all
          </button>
        </fieldset>
        <fieldset class="choice">
          <legend class="away">Select</legend>
          <button
            type="button"
            aria-pressed={tool === 'lasso'}
            onClick={() => setTool(tool === 'lasso' ? 'move' : 'lasso')}
          >
            Lasso
          </button>
          <button type="button" onClick={() => setChosen(controller.current?.pointsInView() ?? [])}>
            Select what is in view
          </button>
        </fieldset>
        <button
          type="button"
          onClick={() => save('map.csv', new Blob([csvOf(map, listed)], { type: 'text/csv' }))}
        >
          CSV
        </button>
        <button type="button" onClick={() => controller.current?.picture((blob) => save('map.png', blob))}>
          PNG
        </button>
      </div>
      {fault && <Fault fault={fault} retry={retry} />}
      <div class="map-columns">
        <MapCanvas
          map={map}
          places={places?.[step] ?? map.pca[step]}
          waiting={places === null && !fault ? METHOD_NAMES[method] : null}
          atlases={atlases}
          marks={marks}
          links={links}
          tool={tool}
          controller={controller}
          onChoose={choosePoint}
          onLasso={(points) => {
            setChosen(points);
            setTool('move');
          }}
          onKey={byKey}
        />
        <div class="map-side">
          <ClassPanel map={map} chosen={chosenClass} onChoose={chooseClass} />
          <SelectionPanel
            map={map}
            atlases={atlases}
            focused={focused}
            listed={listed}
            onFocus={(point) => {
              setFocused(point);
              if (point >= 0) controller.current?.flyToPoints([point]);
            }}
          />
        </div>
      </div>
    </div>
  );
}

/** Places by a method; null while they are computed. */
function usePlaces(map: LoadedMap, method: MapMethod) {
  const [found, setFound] = useState<{ method: MapMethod; places: readonly Float32Array[] }>({
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
function useAtlases(map: LoadedMap): readonly (ImageBitmap | null)[] {
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
