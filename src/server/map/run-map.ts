/** The map of a run: its files, each computed when it is first asked for. */
import type { NoImages } from '../../crossval/index.js';
import type { Dataset } from '../../data/index.js';
import {
  fitPca,
  type LayoutOptions,
  layout,
  nearestRows,
  type PcaAxes,
  placeAmong,
  projectPca,
  UMAP_NEIGHBOURS,
} from '../../layout/index.js';
import type { RunData } from '../../statistics/index.js';
import { LexelError } from '../../util/errors.js';
import { joinArrays } from '../../util/join-arrays.js';
import { meanOfNumbers } from '../../util/metrics.js';
import type { WordVectors } from '../../words/index.js';
import {
  ALL_FOLDS,
  MAP_NEIGHBOURS,
  type MapMethod,
  type MapPoints,
  type RunMapFile,
  writeNeighbours,
  writePlaces,
  writePoints,
} from '../messages/map.js';
import type { MapWords, MapWordsRequest } from '../messages/map-words.js';
import { openImages } from '../opened.js';
import { atlasCount, atlasImage, tileOf } from './atlas.js';
import { mapPoints } from './map-points.js';
import { imageCount, type MapRows, mapRows } from './map-rows.js';
import { cosineOf, findWordsFor, neighboursOf } from './map-words.js';

export interface RunMapOptions {
  /** A fold's id, or {@link ALL_FOLDS}. */
  readonly fold?: string;
  /** The directory that is searched first for the images. */
  readonly dataDir?: string;
  /** Whether the images are shown; default true. */
  readonly images?: boolean;
  /** Folder of kept layouts; null to keep none. Default: in the user's cache. */
  readonly cache?: string | null;
}

export class RunMap {
  private points: MapPoints | undefined;
  private axes: PcaAxes | undefined;

  private constructor(
    private readonly data: RunData,
    private readonly rows: MapRows,
    private readonly options: RunMapOptions,
  ) {}

  /**
   * @param data from `loadRun`, with the network's own reading
   * @throws UsageError for an unknown fold; LexelError if the run keeps no outputs of single images
   */
  static open(data: RunData, options: RunMapOptions = {}): RunMap {
    const rows = mapRows(data, options.fold ?? ALL_FOLDS);
    if ('reason' in rows)
      throw new LexelError(rows.reason, 'Use the run directory in which the folds were trained.');
    return new RunMap(data, rows, options);
  }

  /** map.json. */
  async about(): Promise<RunMapFile> {
    const { folds, choices, restriction, dimension, words, heldOut, seen, epochs, totals } = this.rows;
    const { dataset, seed } = this.data.run.run;
    const pictures = await this.dataset();
    const { explained } = await this.layoutBy('pca');
    const images = imageCount(heldOut) + imageCount(seen);
    return {
      ...{
        format: 'lexel-map',
        version: 1,
        folds: folds.map(({ record }) => record.id),
        choices: [...choices],
        restriction,
      },
      ...{ seed, dimension, epochs: [...epochs] },
      classes: this.classes(dataset),
      candidates: words.length,
      words: words.length,
      heldOut: { shown: imageCount(heldOut), total: totals.heldOut },
      seen: { shown: imageCount(seen), total: totals.seen },
      explained: explained ? [...explained] : [0, 0],
      pictures: 'reason' in pictures ? null : { tile: tileOf(pictures.test), atlases: atlasCount(images) },
      missing: 'reason' in pictures ? pictures : null,
    };
  }

  /** points.bin. */
  pointsFile(): Uint8Array {
    return writePoints(this.allPoints());
  }

  /** pca.bin or umap.bin. @throws the reason of the signal */
  async placesFile(method: MapMethod, options: Omit<LayoutOptions, 'cache'> = {}): Promise<Uint8Array> {
    const { words, heldOut, seen, epochs } = this.rows;
    const { places } = await this.layoutBy(method, options);
    const [w, h, s] = [words.length, imageCount(heldOut), imageCount(seen)];
    const last = places.subarray(0, (w + h + s) * 2);
    // Before the last epoch: the same words, the held-out images of that epoch, and no seen ones.
    const earlier = epochs.slice(0, -1).map((_, e) => {
      const own = new Float32Array((w + h + s) * 2).fill(Number.NaN);
      own.set(places.subarray(0, w * 2));
      const from = (w + h + s + e * h) * 2;
      own.set(places.subarray(from, from + h * 2), w * 2);
      return own;
    });
    return writePlaces([...earlier, last]);
  }

  /** neighbours.bin. */
  neighboursFile(): Uint8Array {
    const { dimension } = this.rows;
    const rows = this.fittedRows();
    const n = rows.length / dimension;
    const { k, rows: found, distances } = nearestRows(rows, null, dimension, MAP_NEIGHBOURS);
    const points = new Int32Array(n * MAP_NEIGHBOURS).fill(-1);
    const cosine = new Float32Array(n * MAP_NEIGHBOURS);
    for (let i = 0; i < n; i++) {
      points.set(found.subarray(i * k, (i + 1) * k), i * MAP_NEIGHBOURS);
      for (let j = 0; j < k; j++) cosine[i * MAP_NEIGHBOURS + j] = cosineOf(distances[i * k + j]);
    }
    return writeNeighbours({ points, cosine });
  }

  /**
   * Words beyond the labels on this map, which does not change: PCA projects them on its axes, UMAP puts them at the mean of
   * their nearest points.
   */
  async words(vocabulary: WordVectors, { words, by }: MapWordsRequest): Promise<MapWords> {
    const { found, unknown } = findWordsFor(this.rows, vocabulary, words);
    if (found.length === 0) return { words: [], unknown };
    const fitted = this.fittedRows();
    const rows = joinArrays(
      Float32Array,
      found.map(({ row }) => row),
    );
    const places = await this.placesOf(rows, fitted, by);
    return {
      words: found.map(({ about, row }, i) => ({
        ...about,
        place: [places[i * 2], places[i * 2 + 1]],
        neighbours: neighboursOf(fitted, row),
      })),
      unknown,
    };
  }

  private async placesOf(rows: Float32Array, fitted: Float32Array, by: MapMethod): Promise<Float32Array> {
    const { dimension } = this.rows;
    if (by === 'pca') {
      this.axes ??= fitPca(fitted, dimension);
      return projectPca(rows, this.axes);
    }
    const { places } = await this.layoutBy('umap');
    return placeAmong(nearestRows(fitted, rows, dimension, UMAP_NEIGHBOURS), places);
  }

  /** atlas-INDEX.webp. @throws LexelError if there is none */
  async atlasFile(index: number): Promise<Uint8Array> {
    const pictures = await this.dataset();
    if ('reason' in pictures) throw new LexelError(pictures.reason, pictures.hint);
    const ids = this.allPoints().id.subarray(this.rows.words.length);
    if (!(Number.isInteger(index) && index >= 0 && index < atlasCount(ids.length)))
      throw new LexelError(
        `there is no atlas ${index} of this map`,
        `It has ${atlasCount(ids.length)}, from 0 on.`,
      );
    return atlasImage(pictures.test, ids, index);
  }

  private allPoints(): MapPoints {
    this.points ??= mapPoints(this.rows);
    return this.points;
  }

  private async dataset(): Promise<Dataset | NoImages> {
    const { images = true, dataDir } = this.options;
    if (!images) return { reason: 'images were not asked for', hint: 'Export again with --images.' };
    const { dir, run } = this.data.run;
    return openImages(dir, run, { dataDir });
  }

  private classes({ classes, superclasses, superclassOf }: RunData['run']['run']['dataset']) {
    const held = new Set(this.rows.folds.flatMap(({ heldOut }) => heldOut.map(({ index }) => index)));
    const { classOf, rank } = this.allPoints();
    const first = this.rows.words.length;
    const ranks = classes.map((): number[] => []);
    for (let i = first; i < first + imageCount(this.rows.heldOut); i++) ranks[classOf[i]].push(rank[i]);
    return classes.map((label, index) => {
      const mean = meanOfNumbers(ranks[index]);
      return {
        label,
        superclass: superclassOf.length > 0 ? superclasses[superclassOf[index]] : null,
        heldOut: held.has(index),
        meanRank: Number.isNaN(mean) ? null : mean,
      };
    });
  }

  /** Words, then held-out and seen images at the last epoch. */
  private fittedRows(): Float32Array {
    const { words, heldOut, seen } = this.rows;
    const parts = [...words.map(({ row }) => row), ...[...heldOut, ...seen].map(({ rows }) => rows.at(-1)!)];
    return joinArrays(Float32Array, parts);
  }

  private layoutBy(method: MapMethod, options: Omit<LayoutOptions, 'cache'> = {}) {
    const { heldOut, epochs, dimension } = this.rows;
    const fitted = this.fittedRows();
    const earlier = epochs.slice(0, -1).flatMap((_, e) => heldOut.map(({ rows }) => rows[e]!));
    const rows = joinArrays(Float32Array, [fitted, ...earlier]);
    const { seed } = this.data.run.run;
    const task = { method, rows, dimension, fitted: fitted.length / dimension, seed };
    return layout(task, { ...options, cache: this.options.cache });
  }
}

/**
 * One file of a map by its name below `maps/FOLD/` (paths.ts).
 * @returns null if a map has no such file
 */
export async function mapFile(
  map: RunMap,
  name: string,
  signal?: AbortSignal,
): Promise<string | Uint8Array | null> {
  switch (name) {
    case 'map.json':
      return JSON.stringify(await map.about());
    case 'points.bin':
      return map.pointsFile();
    case 'pca.bin':
      return map.placesFile('pca', { signal });
    case 'umap.bin':
      return map.placesFile('umap', { signal });
    case 'neighbours.bin':
      return map.neighboursFile();
  }
  const atlas = /^atlas-(\d+)\.webp$/.exec(name);
  return atlas ? map.atlasFile(Number(atlas[1])) : null;
}

/** Names of all files of a map, for an export. */
export const mapFileNames = ({ pictures }: RunMapFile): string[] => [
  ...['map.json', 'points.bin', 'pca.bin', 'umap.bin', 'neighbours.bin'],
  ...Array.from({ length: pictures?.atlases ?? 0 }, (_, i) => `atlas-${i}.webp`),
];
