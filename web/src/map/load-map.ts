/** Reads the files of a map (src/server/messages/map.ts). */
import {
  ATLAS_SIDE,
  type MapMethod,
  type MapNeighbours,
  type MapPoints,
  mapSchema,
  pointCount,
  type RunMapFile,
  readNeighbours,
  readPlaces,
  readPoints,
} from '../../../src/server/messages/map.js';
import type { MapWord } from '../../../src/server/messages/map-words.js';
import { PATHS } from '../../../src/server/paths.js';
import { readBytes, readJson } from '../source.js';
import { withNeighbours } from './added-words.js';
import { boxOf } from './view.js';

/** Places of all points by a method, in units in which the last epoch fits into ±1. */
export interface Places {
  /** [n, 2] each */
  readonly epochs: readonly Float32Array[];
  /** Converts a place of the map's file. */
  readonly fitted: (x: number, y: number) => [number, number];
}

export interface LoadedMap {
  readonly id: string;
  /** Undefined for a map of all folds. */
  readonly fold: string | undefined;
  readonly about: RunMapFile;
  readonly count: number;
  readonly points: MapPoints;
  /** Places by PCA, without those of added words. */
  readonly pca: Places;
  /** Words that are no labels: the last of the words (added-words.ts). */
  readonly added: readonly MapWord[];
}

/** The map with its places by PCA. @throws SourceError */
export async function loadMap(id: string, fold: string | undefined, signal: AbortSignal): Promise<LoadedMap> {
  const about = await readJson(PATHS.map(id, fold), mapSchema, signal);
  const count = pointCount(about);
  const [points, pca] = await Promise.all([
    readBytes(PATHS.mapPoints(id, fold), signal),
    readBytes(PATHS.mapPlaces(id, 'pca', fold), signal),
  ]);
  return {
    ...{ id, fold, about, count, points: readPoints(points, count), added: [] },
    pca: comparable(readPlaces(pca, count, about.epochs.length)),
  };
}

/** Places at each epoch by a method; UMAP takes some seconds the first time. @throws SourceError */
export async function loadPlaces(
  { id, fold, about, count, pca }: LoadedMap,
  method: MapMethod,
  signal: AbortSignal,
): Promise<Places> {
  if (method === 'pca') return pca;
  const bytes = await readBytes(PATHS.mapPlaces(id, method, fold), signal);
  return comparable(readPlaces(bytes, count, about.epochs.length));
}

/** A view then means the same by every method. */
function comparable(places: readonly Float32Array[]): Places {
  const box = boxOf(places[places.length - 1]);
  if (!box) return { epochs: places, fitted: (x, y) => [x, y] };
  const [middleX, middleY] = [(box.left + box.right) / 2, (box.bottom + box.top) / 2];
  const radius = Math.max(box.right - box.left, box.top - box.bottom, 1e-9) / 2;
  return {
    epochs: places.map((epoch) =>
      epoch.map((value, i) => (value - (i % 2 === 0 ? middleX : middleY)) / radius),
    ),
    fitted: (x, y) => [(x - middleX) / radius, (y - middleY) / radius],
  };
}

export async function loadNeighbours(map: LoadedMap): Promise<MapNeighbours> {
  const bytes = await readBytes(PATHS.mapNeighbours(map.id, map.fold));
  return withNeighbours(map, readNeighbours(bytes, map.count - map.added.length));
}

/** One atlas, decoded. */
export async function loadAtlas(
  { id, fold }: LoadedMap,
  index: number,
  signal: AbortSignal,
): Promise<ImageBitmap> {
  const bytes = await readBytes(PATHS.mapAtlas(id, index, fold), signal);
  return createImageBitmap(new Blob([bytes], { type: 'image/webp' }), { premultiplyAlpha: 'none' });
}

/** Where the picture of an image is: its atlas, and the left and top of its tile there. */
export function tileOf({ about }: LoadedMap, point: number) {
  const image = point - about.words;
  const tile = about.pictures?.tile ?? 0;
  const within = image % ATLAS_SIDE ** 2;
  return {
    atlas: Math.floor(image / ATLAS_SIDE ** 2),
    left: (within % ATLAS_SIDE) * tile,
    top: Math.floor(within / ATLAS_SIDE) * tile,
    size: tile,
  };
}
