/** The chosen point with its neighbours in all dimensions, and the table of what is selected. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { MAP_NEIGHBOURS, type MapNeighbours } from '../../../src/server/messages/map.js';
import { type LoadedMap, loadNeighbours, tileOf } from './load-map.js';
import { isAdded, isWord, nameOf, nearestWords } from './selection.js';

export interface SelectionPanelProps {
  readonly map: LoadedMap;
  readonly atlases: readonly (ImageBitmap | null)[];
  /** −1: none. */
  readonly focused: number;
  readonly listed: readonly number[];
  readonly onFocus: (point: number) => void;
}

/** Rows of the table; a CSV file has all. */
const ROWS = 100;

export function SelectionPanel(props: SelectionPanelProps) {
  const { map, listed, focused } = props;
  return (
    <>
      {focused >= 0 && <Focused {...props} />}
      <section aria-labelledby="map-selection">
        <h2 id="map-selection">Selection</h2>
        {listed.length === 0 ? (
          <p class="quiet">
            Nothing is selected. Choose a class, draw around points with the lasso (or with Shift and the
            mouse, or a finger that rests first), or select what is in view.
          </p>
        ) : (
          <>
            <p class="quiet" role="status">
              {listed.length > ROWS
                ? `The first ${ROWS} of ${listed.length} points`
                : `${listed.length} points`}
            </p>
            <div class="map-table">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Point</th>
                    <th scope="col">Class</th>
                    <th scope="col">Place</th>
                    <th scope="col">Nearest word</th>
                  </tr>
                </thead>
                <tbody>
                  {listed.slice(0, ROWS).map((point) => (
                    <Row key={point} point={point} {...props} />
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </section>
      <p class="away" role="status">
        {focused >= 0 ? `${nameOf(map, map.points.classOf[focused])} is chosen` : ''}
      </p>
    </>
  );
}

function Row({ map, atlases, point, onFocus }: SelectionPanelProps & { readonly point: number }) {
  const { points, about } = map;
  const classIndex = points.classOf[point];
  const [near] = nearestWords(points, point);
  const rank = points.rank[point];
  return (
    <tr>
      <td>
        <button
          type="button"
          class="map-pick"
          aria-label={`Show ${isWord(map, point) ? 'the word' : `image ${points.id[point]}`}`}
          onClick={() => onFocus(point)}
        >
          {isWord(map, point) ? 'word' : <Tile map={map} atlases={atlases} point={point} />}
        </button>
      </td>
      <td>
        {nameOf(map, classIndex)}{' '}
        {!about.classes[classIndex].heldOut && (
          <span class="quiet">{isAdded(map, point) ? 'added' : 'seen'}</span>
        )}
      </td>
      <td>{Number.isNaN(rank) ? '' : Number.isInteger(rank) ? rank : rank.toFixed(1)}</td>
      <td>
        {near && nameOf(map, near.classIndex)} {near && <span class="quiet">{near.cosine.toFixed(2)}</span>}
      </td>
    </tr>
  );
}

function Focused({ map, atlases, focused, onFocus }: SelectionPanelProps) {
  const { points, about } = map;
  const [neighbours, setNeighbours] = useState<MapNeighbours | string | null>(null);
  useEffect(() => {
    let gone = false;
    loadNeighbours(map).then(
      (found) => !gone && setNeighbours(found),
      (error: Error) => !gone && setNeighbours(error.message),
    );
    return () => {
      gone = true;
    };
  }, [map]);
  const image = !isWord(map, focused);
  const near = nearestWords(points, focused);
  const kind = isAdded(map, focused) ? addedText(map, focused) : 'word';
  return (
    <section class="box" aria-labelledby="map-focused">
      <div class="row">
        {image && <Tile map={map} atlases={atlases} point={focused} large />}
        <h2 id="map-focused">
          {nameOf(map, points.classOf[focused])}{' '}
          <small class="quiet">
            {image ? `image ${points.id[focused]}, fold ${about.folds[points.fold[focused]]}` : kind}
          </small>
        </h2>
      </div>
      <p>
        Nearest words:{' '}
        {near.map(({ classIndex, cosine }) => `${nameOf(map, classIndex)} ${cosine.toFixed(2)}`).join(', ')}.
      </p>
      <h3>Nearest points in all {about.dimension} dimensions, last epoch</h3>
      {typeof neighbours === 'string' && <p role="alert">{neighbours}</p>}
      {neighbours === null && <p class="quiet">They are being found …</p>}
      {neighbours !== null && typeof neighbours !== 'string' && (
        <ul class="map-neighbours">
          {Array.from({ length: MAP_NEIGHBOURS }, (_, j) => focused * MAP_NEIGHBOURS + j)
            .filter((at) => neighbours.points[at] >= 0)
            .map((at) => {
              const point = neighbours.points[at];
              const name = nameOf(map, points.classOf[point]);
              return (
                <li key={point}>
                  <button type="button" class="map-pick" onClick={() => onFocus(point)}>
                    {!isWord(map, point) && <Tile map={map} atlases={atlases} point={point} />}
                    {isWord(map, point) ? <b>{name}</b> : name}{' '}
                    <span class="quiet">{neighbours.cosine[at].toFixed(2)}</span>
                  </button>
                </li>
              );
            })}
        </ul>
      )}
      <button type="button" onClick={() => onFocus(-1)}>
        Close
      </button>
    </section>
  );
}

/** What an added word is, and of which words its vector is the mean. */
function addedText({ added, about }: LoadedMap, point: number): string {
  const { keys } = added[point - about.words + added.length];
  return keys.length > 1 ? `added: the mean of ${keys.join(' and ')}` : 'added word, no label';
}

/** The picture of an image. */
function Tile({
  map,
  atlases,
  point,
  large = false,
}: Pick<SelectionPanelProps, 'map' | 'atlases'> & { readonly point: number; readonly large?: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { atlas, left, top, size } = tileOf(map, point);
  const bitmap = atlases[atlas];
  useEffect(() => {
    if (!bitmap) return;
    canvas.current?.getContext('2d')?.drawImage(bitmap, left, top, size, size, 0, 0, size, size);
  }, [bitmap, left, top]);
  if (size === 0) return <>image {map.points.id[point]}</>;
  return <canvas ref={canvas} class={large ? 'map-tile large' : 'map-tile'} width={size} height={size} />;
}
