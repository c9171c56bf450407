/** A loaded map: the canvas with its tools, the classes, and what is selected. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { MAP_METHODS, type MapMethod } from '../../../src/server/messages/map.js';
import { href, route, setQuery } from '../route.js';
import { studio } from '../studio.js';
import { save } from '../ui/download.js';
import { NotExported } from '../ui/not-exported.js';
import { Fault } from '../ui/states.js';
import { movedPoint, withPlaces, wordsOf } from './added-words.js';
import { ClassPanel } from './class-panel.js';
import type { MapController } from './controller.js';
import { EpochSteps } from './epoch-steps.js';
import type { Tool } from './gestures.js';
import type { LoadedMap } from './load-map.js';
import { MapCanvas } from './map-canvas.js';
import { csvOf, imagesOf, linksOf, marksOf, wordPoint } from './selection.js';
import { SelectionPanel } from './selection-panel.js';
import { useAddedWords } from './use-added-words.js';
import { useAtlases, usePlaces } from './use-map-files.js';
import { AddedList, WordBox } from './word-box.js';

const METHOD_NAMES: Record<MapMethod, string> = { pca: 'PCA', umap: 'UMAP' };

/** How each method places words that are no labels. */
const PLACING: Record<MapMethod, string> = {
  pca: 'They lie exactly where the same projection puts them.',
  umap: 'Each lies at the mean of its nearest points, the nearer ones counting more; the map itself stays as it is.',
};

/** Points as they are on a map with certain words. */
interface Selected {
  readonly map: LoadedMap;
  readonly chosen: readonly number[];
  /** −1: none. */
  readonly focused: number;
}

/** @param base the map without added words */
export function MapView({ map: base }: { readonly map: LoadedMap }) {
  const { query } = route.value;
  const method = MAP_METHODS.find((name) => name === query.by) ?? 'pca';
  const adds = studio.value?.mode === 'server';
  const words = wordsOf(query.words);
  const found = useAddedWords(base, words, method, adds);
  const { map } = found;
  const { about } = map;
  const { notExported = [] } = about;
  const last = about.epochs.length - 1;
  const wanted = about.epochs.indexOf(Number(query.epoch ?? Number.NaN));
  const step = wanted < 0 ? last : wanted;
  const named = base.about.classes.findIndex(({ label }) => label === query.class);
  const chosenClass = named < 0 ? null : named;
  const [selected, setSelected] = useState<Selected>({ map, chosen: [], focused: -1 });
  const { chosen, focused } = useMemo(() => carried(selected, map), [selected, map]);
  const setChosen = (points: readonly number[]) => setSelected({ map, chosen: points, focused });
  const setFocused = (point: number) => setSelected({ map, chosen, focused: point });
  const [tool, setTool] = useState<Tool>('move');
  const controller = useRef<MapController | null>(null);
  const { places, fault, retry } = usePlaces(base, method);
  const shownBy = places ? method : 'pca';
  const own = found.placesBy(shownBy);
  const shown = useMemo(() => withPlaces(base, places ?? base.pca, own), [base, places, own.join(' ')]);
  const atlases = useAtlases(base);
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
  const showPoint = (point: number) => {
    if (point < 0) return;
    setFocused(point);
    controller.current?.flyToPoints([point]);
  };
  // A word that was just added is shown when its place is known.
  const wish = useRef<string | null>(null);
  const showAdded = (word: string) => {
    const at = map.added.findIndex((one) => one.word === word);
    const point = about.words - map.added.length + at;
    if (at < 0 || !Number.isFinite(shown[step][point * 2])) return;
    wish.current = null;
    showPoint(point);
  };
  useEffect(() => {
    if (wish.current !== null) showAdded(wish.current);
  }, [map, shown]);
  const add = (word: string) => {
    wish.current = word;
    setQuery({ words: [...new Set([...words, word])].join(' '), q: undefined });
    showAdded(word);
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
        setSelected({ map, chosen: [], focused: -1 });
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
      {notExported.length > 0 && (
        <NotExported
          what={
            notExported.length === 1
              ? `the map of fold ${notExported[0]}`
              : `maps of ${notExported.length} single folds`
          }
        />
      )}
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
      <WordBox
        map={map}
        adds={adds}
        words={words}
        onFind={(index) => showPoint(wordPoint(map, index))}
        onAdd={add}
      />
      <AddedList words={words} found={found} placing={PLACING[method]} adds={adds} onShow={showAdded} />
      {fault && <Fault fault={fault} retry={retry} />}
      <div class="map-columns">
        <MapCanvas
          map={map}
          places={shown[step]}
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
              if (point < 0) setFocused(point);
              else showPoint(point);
            }}
          />
        </div>
      </div>
    </div>
  );
}

/** What is selected, on the same map with other words. */
function carried({ map, chosen, focused }: Selected, to: LoadedMap): Omit<Selected, 'map'> {
  if (map === to) return { chosen, focused };
  const moved = (point: number) => (point < 0 ? -1 : movedPoint(map, to, point));
  return { chosen: chosen.map(moved).filter((point) => point >= 0), focused: moved(focused) };
}
